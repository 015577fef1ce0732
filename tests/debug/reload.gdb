# A breakpoint holds for every version of a module; the old version's code goes while the debugger watches.
# args: run --schedulers 1 examples/reload.beam
# expect: Breakpoint 1 .. counter:version/0 () at
# expect: in reload:start/0 () at reload.erl:
# expect: {version,1,
# expect: Breakpoint 1 .. counter:version/0 () at
# expect: in reload:start/0 () at reload.erl:
# expect: {version,2,
# expect: {upgraded,12}
# expect: exited normally
set breakpoint pending on
break -function counter:version/0
run
backtrace 2
continue
backtrace 2
continue
