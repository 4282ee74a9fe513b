# SPDX-License-Identifier: MIT
# Programs store into shared mappings of files while fs crashes: every store is in the file.
#builds micro
mkdir -p /tmp/m; cd /tmp/m
for f in a b c; do (/extra/mappings $f 400 || echo "wrong in $f") & done
crash -q fs null; crash -q fs jump; crash -q fs exit
wait
md5sum a b c
sync; crash -q fs null
cat a b c | md5sum
#= c56cade5a92621c3730bebda8fede5f2  a
#= c56cade5a92621c3730bebda8fede5f2  b
#= c56cade5a92621c3730bebda8fede5f2  c
#= 30aa64b51e4735933f1cec2f510a60c9  -
