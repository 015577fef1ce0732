%% Small maps: update with known keys, matching, maps:get/put/fold.
-module(bench_maps_small).
-export([start/0, run/1]).

start() -> run(700000).

run(N) -> loop(N, #{count => 0, last => none, total => 0, name => <<"map">>}).

loop(0, #{count := C, total := T} = M) -> {C, T, maps:fold(fun(_, _, A) -> A + 1 end, 0, M)};
loop(N, #{count := C, total := T} = M) ->
    M1 = M#{count := C + 1, total := (T + N) band 16#ffffff, last => N},
    M2 = maps:put(extra, maps:get(last, M1) band 3, M1),
    loop(N - 1, maps:remove(extra, M2)).
