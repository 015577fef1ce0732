# All functions of the module are known with their lines, and can be disassembled by name.
# args: run --schedulers 1 examples/fib.beam
# expect: File fib.erl:
# expect: 9: .. fib:fib/1
# expect: 6: .. fib:start/0
# expect: Dump of assembler code for function fib:fib/1:
# expect: sub .. $0x1,%r14
# expect: ret
# expect: End of assembler dump.
set breakpoint pending on
break -function fib:fib/1
run
info functions ^fib:
set language c
disassemble 'fib:fib/1'
kill
