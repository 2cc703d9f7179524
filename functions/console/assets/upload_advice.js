/** What the owner of a file can do about each reason. */

export const ADVICE = {
  unsupported_format: "Export the picture as JPEG, PNG or WebP, and upload that file.",
  type_mismatch: "Export the picture as JPEG, PNG or WebP, and upload that file.",
  empty: "Copy the file again from its source, and upload the copy.",
  too_large: "Save the picture with fewer pixels or stronger compression, and upload that file.",
  too_many_pixels: "Make the picture smaller, and upload that file.",
  too_complex: "Export the picture as a plain JPEG or PNG, and upload that file.",
  corrupt: "Copy the file again from the camera or computer that it comes from, and upload the copy.",
  too_slow: "Export the picture as JPEG, PNG or WebP, and upload that file.",
  too_expensive: "Make the picture smaller, and upload that file.",
  moderation_rejected: "If you think that this is a mistake, ask for a review.",
  review_rejected: "If you think that this is a mistake, ask for another review.",
  moderation_review: "There is nothing to do: a person decides.",
  moderation_manual: "There is nothing to do: a person decides.",
  moderation_unavailable: "There is nothing to do: a person decides.",
  internal_error: "Nothing is wrong with your file. Open it and choose “Process again”.",
  stuck: "Nothing is wrong with your file. Open it and choose “Process again”.",
  timed_out: "Nothing is wrong with your file. Open it and choose “Process again”.",
};
