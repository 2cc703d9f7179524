/** The statuses of an image. */

/** What each is called. */
export const STATUSES = {
  approved: "Approved",
  review: "In review",
  rejected: "Rejected",
  failed: "Failed",
  processing: "Processing",
  pending: "Waiting",
  deleted: "Deleted",
};

/** Those of images whose outcome is not known yet. */
export const OPEN = new Set(["pending", "processing"]);
