// Makes the precompiled header; holds nothing itself.
