%% Comprehensions from and to bitstrings: generators of odd widths, filters, several generators, leftovers, nesting,
%% results of odd sizes.
-module(bits_comprehensions).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    B = <<1, 2, 3, 4, 5, 6, 7, 8, 9, 10>>,
    [{to_list, [[X || <<X>> <= B], [X || <<X:3>> <= B], [X || <<X:7/signed>> <= B], [X || <<X:16/little>> <= B], [X || <<X:24>> <= B]]},
     {leftover, [[X || <<X:33>> <= <<B/bits, 1:3>>], [X || <<X:100>> <= B], [X || <<_:70, X>> <= B]]},
     {to_bits, [<< <<X:4>> || <<X>> <= B >>, << <<X:1>> || X <- [1, 0, 1, 1] >>, << <<X:9>> || <<X>> <= <<255, 1>> >>, << <<X:3, 1:2>> || <<X:5>> <= B >>]},
     {filtered, [[X || <<X>> <= B, X rem 3 =:= 0], << <<X>> || <<X>> <= B, X > 5, X < 9 >>, [X || <<X>> <= B, false]]},
     {pattern_filter, [[X || <<1:1, X:7>> <= <<129, 1, 130, 2, 255>>], [X || <<X, 0>> <= <<1, 0, 2, 1, 3, 0>>], [{X, Y} || <<X, Y:X>> <= <<8, 1, 16, 0, 2, 4, 15:4>>]]},
     {two_generators, [[{X, Y} || <<X>> <= <<1, 2>>, Y <- [a, b]], << <<X, Y>> || <<X>> <= <<1, 2, 3>>, <<Y>> <= <<X, 9>> >>, [X * Y || X <- [1, 2], <<Y:4>> <= <<16#34>>]]},
     {nested, [<< << <<Y>> || <<Y:2>> <= <<X>> >> || <<X>> <= <<27, 228>> >>, [[Y || <<Y:1>> <= <<X>>] || <<X>> <= <<5, 160>>]]},
     {sub_binaries, [[X || <<X:2/binary>> <= B], [X || <<X:3/binary, _>> <= B], [X || <<X:13/bits>> <= B], << X || <<_, X:1/binary>> <= B >>]},
     {length_prefixed, [[D || <<N, D:N/binary>> <= <<1, 5, 0, 3, 1, 2, 3, 9, 9>>], << <<(byte_size(D))>> || <<N, D:N/binary>> <= <<2, 0, 0, 1, 0>> >>]},
     {floats, [[F || <<F/float>> <= << <<X/float>> || X <- [1.5, 2, -3] >>], << <<F:32/float>> || <<F:64/float>> <= <<1.0/float, 2.0/float>> >>]},
     {not_bits, [caught(fun() -> [X || <<X>> <= id(Y)] end) || Y <- [a, [1], 5, {}]]},
     {bad_element, [caught(fun() -> << <<X>> || X <- id(L) >> end) || L <- [[1, a], [1 | 2], a, [1.5]]]},
     {raises_late, caught(fun() -> << <<(10 div X)>> || <<X>> <= <<5, 2, 0, 1>> >> end)},
     {empty, [[X || <<X>> <= <<>>], << <<X>> || <<X>> <= <<>> >>, << <<X:0>> || X <- [1, 2] >>, << <<>> || _ <- [1, 2] >>]},
     {hex, << <<(hex(N))>> || <<N:4>> <= <<16#DE, 16#AD, 16#BE, 16#EF>> >>},
     {reverse_bits, << <<(rev(X, 8, 0))>> || <<X>> <= <<1, 2, 3, 128, 255>> >>},
     {live_over_loop, live(B, id([k, {v}]), id(1 bsl 70))},
     {large, large()},
     {interleave, << <<X, Y>> || {X, Y} <- [{1, 2}, no, {3, 4}], X > 1 orelse Y > 1 >>}].

hex(N) when N < 10 -> $0 + N;
hex(N) -> $a + N - 10.

rev(_, 0, A) -> A;
rev(X, N, A) -> rev(X bsr 1, N - 1, A * 2 + X band 1).

live(B, L, Big) ->
    R = << <<(begin garbage(30), X + Y end)>> || <<X>> <= B, Y <- [1, 2] >>,
    {R, B, L, Big, [{X, L} || <<X:40>> <= B]}.

large() ->
    B = << <<(X * 7):12>> || X <- seq(1, 600) >>,
    C = << <<X:12/little>> || <<X:12>> <= B, X band 1 =:= 0 >>,
    {bit_size(B), bit_size(C), erlang:phash2(B), erlang:phash2(C), length([ok || <<_:5>> <= C])}.

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

garbage(0) -> ok;
garbage(N) -> id([{N}, N]), garbage(N - 1).

%% Binaries, lists and maps in a form that never prints as text and does not depend on the order of keys.
plain(T) when is_bitstring(T) -> list_to_tuple([bits, bit_size(T) | [X || <<X:8>> <= <<T/bits, 0:7>>]]);
plain([]) -> [];
plain([_ | _] = T) -> [l | plain_list(T)];
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(T) -> T.

plain_list([H | T]) -> [plain(H) | plain_list(T)];
plain_list([]) -> [];
plain_list(T) -> [{tail, plain(T)}].

id(X) -> X.
