"""What the functions share: configuration, errors, models, records, storage, observability.

Every handler imports it before botocore, so it begins with what makes the other imports faster.
"""

import gc
from importlib import import_module

# Nothing that imports make is garbage, and looking for some takes 4 % of a cold start.
gc.set_threshold(100_000)

# botocore needs it ten imports further down. There its regular expressions take 55 ms instead of 7
# whenever the interpreter's stack, which grows by 16 KB, ends within the recursion of `re`.
import_module("urllib3")
