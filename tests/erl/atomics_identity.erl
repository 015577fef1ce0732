%% What kind of terms atomics and counters are: references, that guards, order and maps treat as such.
-module(atomics_identity).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    A = atomics:new(1, []), C = counters:new(1, []), W = counters:new(1, [write_concurrency]),
    [{is_reference, [is_reference(X) || X <- [A, element(2, C), element(2, W)]]},
     {is_binary, [is_bitstring(X) || X <- [A, element(2, C)]]},
     {order, {A > self(), A < fun id/1, A < <<>>}},
     {key, map_get(A, #{A => found})},
     {distinct, atomics:new(1, []) =:= A},
     {sent, (fun() -> self() ! A, receive B -> atomics:put(B, 1, 5), {B =:= A, atomics:get(A, 1)} end end)()},
     {text, hd(tl(ref_to_list(A)))}].

%% Binaries, lists and maps in a form that never prints as text and does not depend on the order of keys.
plain(T) when is_bitstring(T) -> list_to_tuple([bits, bit_size(T) | [X || <<X:8>> <= <<T/bits, 0:7>>]]);
plain([]) -> [];
plain([_ | _] = T) -> [l | plain_list(T)];
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(T) when is_map(T) -> {map, [{plain(K), plain(V)} || {K, V} <- sorted(maps:to_list(T), [])]};
plain(T) -> T.

plain_list([H | T]) -> [plain(H) | plain_list(T)];
plain_list([]) -> [];
plain_list(T) -> [{tail, plain(T)}].

sorted([], Acc) -> Acc;
sorted([X | T], Acc) -> sorted(T, insert(X, Acc)).

insert(X, [Y | T]) when X > Y -> [Y | insert(X, T)];
insert(X, T) -> [X | T].

id(X) -> X.
