%% Tuples: construction, matching, element access, the tuple functions, large tuples.
-module(tuples).
-export([start/0, id/1]).

start() ->
    T = id({a, 2, [x], {nested}}),
    Big = erlang:make_tuple(1000, 0),
    [{build, {T, {}, {T}, {1, T, 2}}},
     {size, {tuple_size(T), tuple_size({}), size(T)}},
     {element, {element(1, T), element(2, T), element(id(4), T)}},
     {setelement, {setelement(1, T, z), setelement(id(4), T, [])}},
     {untouched, T},
     {chained, setelement(1, setelement(2, setelement(3, id({1, 2, 3}), c), b), a)},
     {match, match(T)},
     {make_tuple, {erlang:make_tuple(3, x), erlang:make_tuple(0, x), erlang:make_tuple(4, d, [{2, two}, {4, four}])}},
     {append, erlang:append_element(T, last)},
     {insert, {erlang:insert_element(1, T, first), erlang:insert_element(3, id({1, 2}), 3)}},
     {delete, {erlang:delete_element(1, T), erlang:delete_element(id(1), {only})}},
     {convert, {tuple_to_list(T), list_to_tuple([1, 2, 3]), tuple_to_list({}), list_to_tuple([])}},
     {equal, {id({1, 2}) =:= {1, 2}, id({1, 2}) == {1.0, 2}, id({1, 2}) =:= {1, 2, 3}}},
     {big, {tuple_size(Big), element(1000, setelement(1000, Big, x)), sum(Big, 1000, 0)}},
     {filled, sum(fill(Big, 1000), 1000, 0)},
     {errors, [caught(F) || F <- [fun() -> element(id(0), T) end, fun() -> element(id(5), T) end,
                                  fun() -> element(id(1), id([])) end, fun() -> setelement(id(9), T, x) end,
                                  fun() -> list_to_tuple(id([1 | 2])) end, fun() -> element(id(a), T) end,
                                  fun() -> tuple_size(id(a)) end, fun() -> erlang:make_tuple(id(-1), x) end]]},
     {swap, swap(id({1, 2}))},
     {rotate, rotate(id({1, 2, 3}), id(7))}].

match({A, B, _, {C}}) -> {C, B, A};
match(_) -> no.

swap({A, B}) -> {B, A}.

rotate(T, 0) -> T;
rotate({A, B, C}, N) -> rotate({B, C, A}, N - 1).

sum(_, 0, Acc) -> Acc;
sum(T, N, Acc) -> sum(T, N - 1, Acc + element(N, T)).

fill(T, 0) -> T;
fill(T, N) -> fill(setelement(N, T, N), N - 1).

caught(F) ->
    try F() of
        V -> {value, V}
    catch
        C:R -> {C, R}
    end.

id(X) -> X.
