"""Calls libjxl, the reference codec of JPEG XL, through ctypes.

No binding that is published for both processors decodes animations, extra channels or enumerated
color spaces, so the shared library itself is called: `library` declares it, `decoder` and `encoder`
use it. The ABI has been stable since libjxl 0.7 (lib/include/jxl in its sources).
"""
