%% One call of a loop: it begins in baseline code and must go on in optimized code while it runs.
-module(tier).
-export([main/1]).

main([N]) ->
    loop(list_to_integer(N), 0),
    ok.

loop(0, A) -> A;
loop(N, A) -> loop(N - 1, (A + N) band 16#FFFFFFF).
