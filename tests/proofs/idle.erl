%% Makes as many processes as the argument says, hears from each, says so and waits to be killed; the processes wait, too.
-module(idle).
-export([main/1]).

main([N]) ->
    Self = self(),
    make(list_to_integer(N), Self),
    erlang:display(ready),
    receive stop -> ok end.

make(0, _) -> ok;
make(N, Self) ->
    spawn(fun() -> Self ! up, receive stop -> ok end end),
    receive up -> make(N - 1, Self) end.
