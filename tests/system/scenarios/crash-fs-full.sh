# SPDX-License-Identifier: MIT
# fs crashes while a file system is full, of blocks and of inodes (tests/system/guest/full.c).
#builds micro
(while [ ! -e /tmp/done ]; do crash -q fs null; done) > /dev/null 2>&1 &
/extra/full /dev/shm
touch /tmp/done
wait
#= ftruncate(sparse, 65536) = 0
#= write(small, piece, 5000) = 5000
#= much was written: 1
#= write(file, piece, 1) = -1 No space left on device
#= lseek(small, 0, SEEK_END) = 5000
#= write(small, piece, PIECE) < PIECE = 1
#= fsync(file) = 0
#= pwrite(small, piece, 4096, 0) = 4096
#= pwrite(sparse, piece, 1, 40000) = -1 No space left on device
#= posix_fallocate(sparse, 0, 65536) == ENOSPC = 1
#= stores where no block is: bus error
#= mkdir("directory", 0700) = -1 No space left on device
#= symlink("short", "link") = 0
#= rename("link", "renamed") = 0
#= unlink("renamed") = 0
#= wrong: 0 0
#= ftruncate(file, 8192) = 0
#= mkdir("directory", 0700) = 0
#= pwrite(sparse, piece, 1, 40000) = 1
#= rmdir("directory") = 0
#= unlink("filler") = 0
#= unlink("small") = 0
#= unlink("sparse") = 0
#= many files: 1, No space left on device
#= mkdir("directory", 0700) = -1 No space left on device
#= symlink("file0", "link") = -1 No space left on device
#= mkfifo("fifo", 0600) = -1 No space left on device
#= link("file0", "second") = 0
#= rename("second", "file1") = 0
#= close(file) = 0
#= unlink("file3") = 0
#= mkdir("directory", 0700) = 0
#= rmdir("directory") = 0
#= all were removed: 1
#= rmdir("full") = 0
#= blocks back: 1, inodes back: 1
