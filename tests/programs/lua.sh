# SPDX-License-Identifier: MIT
# Lua: its authors' test programs with an interpreter built from Debian's source by musl-gcc (static), and a
# script of ours with Debian's own lua5.4 (dynamic).
#binary lua5.4
#source lua5.1 lua5.1
#build cd $SOURCES/lua5.1/src && o= && for f in *.c; do case $f in lua.c|luac.c|print.c) ;; *) o="$o $f";; esac; done
#build musl-gcc -std=gnu99 -w -O2 -static -DLUA_USE_POSIX -o $OLDPWD/lua $o lua.c -lm && cp -r ../test $OLDPWD/test
#linux
cd /extra/test
for t in bisect cf env factorial fib fibfor hello life printf readonly sieve sort table trace-calls; do
	echo "== $t"
	/extra/lua $t.lua 2>&1 </dev/null | sed 's/0x[0-9a-f]*/ADDRESS/g; s/[0-9.]* *sec.*//; s/[0-9.e-]*\t\([0-9]*\)$/TIME\t\1/
		s/ on [A-Z].*//' | grep -v msec | md5sum
done
/extra/lua echo.lua one 'two three'
echo "x = 1" | /extra/lua globals.lua 2>&1 | head -n 3
cat > /tmp/t.lua <<'END'
local t = {}
for i = 1, 200000 do t[i] = (i * 7919) % 200003 end
table.sort(t)
for i = 2, #t do assert(t[i - 1] <= t[i]) end
print(_VERSION, #t, t[1], t[#t], string.format("%.14g", math.pi), 7 // 2, 1 << 62)
local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end return "done" end)
print(co(), co(), co(), co())
print(pcall(error, { code = 5 }), select("#", string.byte(("x"):rep(100), 1, -1)))
local f = assert(io.open("/tmp/lua.out", "w+"))
for i = 1, 1000 do f:write(i, "\n") end
f:seek("set"); local sum = 0
for line in f:lines() do sum = sum + tonumber(line) end
f:close(); os.remove("/tmp/lua.out"); print(sum, io.open("/tmp/lua.out"))
local p = io.popen("echo from a shell; exit 3"); print(p:read("a"), p:close())
print(os.execute("exit 7"), os.getenv("PATH"), #os.tmpname() > 0, os.time{year=2020,month=1,day=1,hour=12})
collectgarbage(); print(collectgarbage("count") < 20000, ("%q"):format("a\nb\0c"))
END
/usr/bin/lua5.4 /tmp/t.lua 2>&1; echo $?
echo 'error("bad")' | /usr/bin/lua5.4 - 2>&1; echo $?
