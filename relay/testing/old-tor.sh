#!/bin/sh
# A tor of before onions had proof of work, as far as --verify-config tells.
echo 'Nov 21 07:49:38.835 [notice] Tor 0.4.7.16 running on Linux'
