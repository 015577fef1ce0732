%% A state machine over atoms: select_val, calls by name, apply.
-module(bench_atoms).
-export([start/0, run/1, red/1, yellow/1, green/1]).

start() -> run(3000000).

run(N) -> loop(N, red, 0).

loop(0, State, Sum) -> {State, Sum};
loop(N, State, Sum) when N band 15 =:= 0 -> loop(N - 1, ?MODULE:State(N), Sum + weight(State));
loop(N, State, Sum) -> loop(N - 1, next(State), Sum + weight(State)).

next(red) -> green;
next(green) -> yellow;
next(yellow) -> red;
next(broken) -> red;
next(blinking) -> broken.

weight(red) -> 1;
weight(green) -> 2;
weight(yellow) -> 3;
weight(_) -> 0.

red(_) -> green.
yellow(_) -> blinking.
green(_) -> yellow.
