# Without -function the debugger takes the colon apart; the module's labels answer. The same for file and line.
# args: run -O2 --schedulers 1 examples/fib.beam
# expect: Breakpoint 1, fib:start/0 () at fib.erl:6
# expect: #0 .. fib:start/0 () at fib.erl:6
# expect: fib:fib/1 () at fib.erl:10
# expect: #0 .. fib:fib/1 () at fib.erl:10
# expect: in fib:start/0 () at fib.erl:6
# expect: enter () at runtime/src/arch/glue.rs:
# expect: exited normally
set breakpoint pending on
break fib:start/0
run
backtrace 1
break fib.erl:10
continue
backtrace
delete
continue
