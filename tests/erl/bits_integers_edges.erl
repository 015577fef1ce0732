%% Integer segments whose values and sizes lie at the edges of small integers and machine words: signed and not, both
%% endiannesses, aligned and not, constants and variables.
-module(bits_integers_edges).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    Sizes = [27, 28, 29, 31, 32, 33, 58, 59, 60, 61, 62, 63, 64, 65, 66, 120, 127, 128, 129],
    [{all_ones, [begin <<X:S>> = <<-1:S>>, <<Y:S/signed>> = <<-1:S>>, {X =:= (1 bsl S) - 1, Y} end || S <- Sizes]},
     {top_bit, [begin B = <<1:1, 0:(S - 1)>>, <<X:S>> = B, <<Y:S/signed>> = B, {X =:= 1 bsl (S - 1), Y =:= -(1 bsl (S - 1))} end || S <- Sizes]},
     {little_top, [begin B = <<(1 bsl (S - 1)):S/little>>, <<X:S/little>> = B, <<Y:S/little-signed>> = B, {X =:= 1 bsl (S - 1), Y =:= -(1 bsl (S - 1))} end || S <- Sizes]},
     {below_top, [begin <<X:S/signed>> = <<((1 bsl (S - 1)) - 1):S>>, X =:= (1 bsl (S - 1)) - 1 end || S <- Sizes]},
     {unaligned, [begin <<_:3, X:S/signed, _/bits>> = <<5:3, -2:S, 1:2>>, X end || S <- Sizes]},
     {truncated, [begin <<X:S>> = <<(id((1 bsl 130) + (1 bsl 64) + 12345)):S>>, X end || S <- [8, 16, 32, 59, 60, 64, 65]]},
     {negative_big, [begin <<X:S/signed>> = <<(id(-(1 bsl 64) - 3)):S>>, X end || S <- [16, 60, 64, 66, 72]]},
     {constant_sizes, (fun() -> <<A:60, B:60/signed, C:64, D:64/signed, E:8>> = <<-1:60, -1:60, -1:64, -1:64, 7>>, {A, B, C, D, E} end)()},
     {constant_little, (fun() -> <<A:56/little, B:64/little-signed, C:24/little>> = <<-2:56/little, -2:64/little, 16#123456:24>>, {A, B, C} end)()},
     {sum_of_fields, sums(binary:copy(<<255>>, 80), 0)},
     {compared, [case <<V:64>> of <<16#7FFFFFFFFFFFFFFF:64>> -> max; <<X:64/signed>> when X < 0 -> negative; <<X:64>> when X > 1 bsl 59 -> big; <<X:64>> -> X end || V <- [16#7FFFFFFFFFFFFFFF, 1 bsl 63, 1 bsl 60, 1 bsl 59, 5, -1]]},
     {built_from_computed, [<<(id(N) * 3):64, (id(N) bsl 60):128/little>> || N <- [1, -1, 1 bsl 59]]},
     {every_offset, [begin <<_:O, X:64, _/bits>> = <<0:O, 16#0123456789ABCDEF:64, 0:8>>, X =:= 16#0123456789ABCDEF end || O <- seq(0, 9)]},
     {every_size, [S || S <- seq(1, 80), begin V = (1 bsl S) - 3, <<X:S>> = <<V:S>>, <<Y:S/little>> = <<V:S/little>>, X =/= V band ((1 bsl S) - 1) orelse Y =/= X end]},
     {matched_literals, [lit(<<V:32>>) || V <- [0, 1, 16#7FFFFFFF, 16#80000000, 16#FFFFFFFF]]},
     {char_segments, [case B of <<"ab", X:16, "c">> -> X; <<$a, X:24, _/binary>> -> {a, X}; _ -> none end || B <- [<<"ab", 1, 2, "c">>, <<"ab", 1, 2, "d">>, <<"xb">>]]}].

sums(<<X:60, Y:60/signed, Z:40/little, R/bits>>, S) -> sums(R, S + X + Y - Z);
sums(R, S) -> {S, bit_size(R)}.

lit(<<0:32>>) -> zero; lit(<<16#7FFFFFFF:32>>) -> max; lit(<<16#80000000:32>>) -> min; lit(<<-1:32>>) -> ones; lit(<<X:32/signed>>) -> X.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

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
