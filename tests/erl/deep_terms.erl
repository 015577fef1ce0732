%% Terms nested a million deep are built, compared, sent, hashed, sized and dropped.
-module(deep_terms).
-export([start/0, id/1]).

start() ->
    N = id(1000000),
    Lists = lists_in(N, []),
    Tuples = tuples_in(N, {}),
    [{depth, {list_depth(Lists, 0), tuple_depth(Tuples, 0)}},
     {equal, {Lists =:= lists_in(N, []), Tuples == tuples_in(N, {})}},
     {different_at_the_bottom, {Lists =:= lists_in(N, [x]), Tuples < tuples_in(N, {0}), Tuples == tuples_in(N, {0})}},
     {ordered, {Lists < lists_in(N, [[]]), Lists > lists_in(N - 1, [])}},
     {hash, {erlang:phash2(Lists) =:= erlang:phash2(lists_in(N, [])), erlang:phash2(Tuples, 1 bsl 32) =:= erlang:phash2(tuples_in(N, {}), 1 bsl 32)}},
     {sent, {sent(Lists), sent(Tuples)}},
     {mixed, begin M = mixed(id(300000), end_of_it), {M =:= mixed(id(300000), end_of_it), sent(M)} end},
     {improper, begin I = improper(N, last), I =:= improper(N, last) end},
     {maps, begin D = maps_in(id(100000), leaf), {D =:= maps_in(id(100000), leaf), D < maps_in(id(100000), zeaf)} end},
     {funs, begin F = funs_in(id(100000), none), sent(F) end},
     {collected, collected(id(200000))},
     {exit_reason, exit_reason(id(200000))}].

lists_in(0, X) -> X;
lists_in(N, X) -> lists_in(N - 1, [X]).

tuples_in(0, X) -> X;
tuples_in(N, X) -> tuples_in(N - 1, {X}).

mixed(0, X) -> X;
mixed(N, X) -> mixed(N - 1, {a, [N, {X}] , <<"b">>}).

improper(0, X) -> X;
improper(N, X) -> improper(N - 1, [X | N]).

maps_in(0, X) -> X;
maps_in(N, X) -> maps_in(N - 1, #{k => X}).

funs_in(0, X) -> X;
funs_in(N, X) -> funs_in(N - 1, fun() -> X end).

list_depth([], N) -> N;
list_depth([X], N) -> list_depth(X, N + 1).

tuple_depth({}, N) -> N;
tuple_depth({X}, N) -> tuple_depth(X, N + 1).

%% There and back: equal afterwards.
sent(T) ->
    Self = self(),
    Pid = spawn(fun() -> receive {Self, X} -> Self ! {self(), X} end end),
    Pid ! {Self, T},
    receive {Pid, Back} -> Back =:= T end.

collected(N) ->
    T = tuples_in(N, [kept]),
    erlang:garbage_collect(),
    garbage(N, []),
    tuple_bottom(T).

tuple_bottom({X}) -> tuple_bottom(X);
tuple_bottom(X) -> X.

garbage(0, _) -> ok;
garbage(N, _) -> garbage(N - 1, {N, [N]}).

exit_reason(N) ->
    {Pid, Ref} = spawn_monitor(fun() -> exit(lists_in(N, [])) end),
    receive {'DOWN', Ref, process, Pid, R} -> list_depth(R, 0) end.

id(X) -> X.
