# SPDX-License-Identifier: MIT
# What is kept of files that were mapped gives way to programs.
/extra/file_pages
#= file: good
#= read by mapping: good
#= memory is free again: good
#= all of it is to be had: good
#= read by mapping once more: good
