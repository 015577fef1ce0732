# From the C library through the runtime and the glue into Erlang frames, and on into the scheduler.
# At -O0 there is no compile thread: gdb may have stopped that one for a system call of its own while it showed the
# frames, and fails when the program ends before it has looked at that.
# args: run -O0 --schedulers 1 examples/fib.beam
# expect: Breakpoint 1, fib:start/0 () at fib.erl:6
# expect: call to syscall write
# expect: #0 .. write
# expect: display () at runtime/src/bif/
# expect: bif_entry
# expect: <signal handler called>
# expect: in fib:start/0 () at fib.erl:6
# expect: <signal handler called>
# expect: enter () at runtime/src/arch/glue.rs:
# expect: scheduler () at runtime/src/sched/run.rs:
# expect: exited normally
set breakpoint pending on
break -function fib:start/0
run
catch syscall write
continue
backtrace
delete
continue
