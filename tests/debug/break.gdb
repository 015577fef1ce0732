# A breakpoint by name, backtraces at two depths, arguments, and a program that ends as without a debugger.
# args: run -O0 --schedulers 1 examples/fib.beam
# expect: Breakpoint 1, fib:fib/1 () at fib.erl:9
# expect: #0 .. fib:fib/1 () at fib.erl:9
# expect: #1 .. in fib:start/0 () at fib.erl:6
# expect: #2 .. <signal handler called>
# expect: #3 .. enter () at runtime/src/arch/glue.rs:
# expect: scheduler () at runtime/src/sched/run.rs:
# expect: clone
# expect: x[0] = 495
# expect: x[0] = 335
# expect: #0 .. fib:fib/1 () at fib.erl:9
# expect: #1 .. in fib:fib/1 () at fib.erl:10
# expect: #10 .. in fib:fib/1 () at fib.erl:10
# expect: #11 .. in fib:start/0 () at fib.erl:6
# expect: #12 .. <signal handler called>
# expect: enter () at runtime/src/arch/glue.rs:
# expect: scheduler () at runtime/src/sched/run.rs:
# expect: x[0] = <optimized out>
# expect: {fib,30,832040}
# expect: exited normally
set breakpoint pending on
break -function fib:fib/1
run
backtrace
info locals
ignore 1 9
continue
info locals
backtrace
# A frame further up: what it keeps in registers is lost, and said to be.
frame 11
info locals
delete
continue
