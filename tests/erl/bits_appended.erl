%% Growing binaries: several owners of one prefix, appending to old versions, to sub-binaries, of bits, in loops, after
%% sending, and in other processes.
-module(bits_appended).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{shared_prefix, shared(id(<<1, 2, 3>>))},
     {old_version, old_version(id(<<>>))},
     {branches, branches(id(<<"base">>), 6)},
     {to_sub_binary, sub(id(<<1, 2, 3, 4, 5, 6, 7, 8>>))},
     {bits, [bits(N, <<>>) || N <- [1, 7, 8, 9, 30]]},
     {bit_branches, bit_branches(id(<<1:3>>))},
     {itself, itself(id(<<1, 2>>), 5)},
     {self_twice, begin B = <<(id(<<3, 4>>))/binary, 5>>, <<B/binary, B/binary, B/binary>> end},
     {matched_while_growing, matched(id(<<>>), 0, [])},
     {sent, sent(id(<<9>>))},
     {in_two_processes, processes(id(<<0:800>>))},
     {literal, literal(id(3))},
     {prepended, prepend(id(20), <<>>)},
     {over_64, [begin B = loop(N, <<>>), {byte_size(B), erlang:phash2(B)} end || N <- [1, 63, 64, 65, 66, 255, 256, 257, 1000]]},
     {kept_versions, versions(id(100))},
     {in_record, in_tuple(id(50), {<<>>, 0})},
     {after_failure, after_failure(id(<<1, 2, 3>>))},
     {with_collections, collected(id(60), <<>>, [])}].

shared(P) ->
    A = <<P/binary, 4>>, B = <<A/binary, 5>>, C = <<A/binary, 6>>, D = <<B/binary, 7>>, E = <<A/binary, 8, 9, 10>>,
    {P, A, B, C, D, E}.

old_version(B0) ->
    B1 = <<B0/binary, 1>>, B2 = <<B1/binary, 2>>, B3 = <<B2/binary, 3>>,
    C2 = <<B1/binary, 20>>, C3 = <<C2/binary, 30>>, D1 = <<B0/binary, 100>>,
    {B0, B1, B2, B3, C2, C3, D1}.

branches(_, 0) -> [];
branches(B, N) -> L = <<B/binary, N>>, R = <<B/binary, (N + 100)>>, [L | branches(R, N - 1)].

sub(B) ->
    <<_, S:3/binary, T/binary>> = B,
    S2 = <<S/binary, 99>>, T2 = <<T/binary, 98>>,
    <<_:4, U:12/bits, _/bits>> = B,
    {B, S, S2, T, T2, <<U/bits, 1:4>>, <<U/bits, 7>>}.

bits(0, B) -> B;
bits(N, B) -> bits(N - 1, <<B/bits, (N rem 2):1>>).

bit_branches(B) ->
    C = <<B/bits, 3:2>>, D = <<C/bits, 0:2>>, E = <<C/bits, 5:3>>, F = <<D/bits, E/bits>>, G = <<E/bits, 1:1, D/bits>>,
    {B, C, D, E, F, G}.

itself(B, 0) -> {byte_size(B), B};
itself(B, N) when N > 3 -> itself(<<B/binary, B/binary>>, N - 1);
itself(B, N) -> itself(<<B/binary, N>>, N - 1).

matched(B, 8, Acc) -> {B, Acc};
matched(B, N, Acc) ->
    B2 = <<B/binary, N, (N * 2)>>,
    <<H:1/binary, T/binary>> = B2,
    matched(<<T/binary, H/binary>>, N + 1, [H | Acc]).

sent(B) ->
    C = <<B/binary, 1>>,
    self() ! C,
    D = <<C/binary, 2>>,
    receive X when is_binary(X) -> E = <<X/binary, 3>>, {X, C, D, E} end.

processes(B) ->
    C = <<B/binary, 1>>,
    Self = self(),
    Pids = [spawn(fun() -> Self ! {self(), <<C/binary, N>>} end) || N <- seq(1, 10)],
    D = <<C/binary, 77>>,
    R = [receive {P, X} -> <<_:101/binary, Y/binary>> = X, Y end || P <- Pids],
    {R, binary_part(D, 100, 2), byte_size(C)}.

literal(N) -> A = <<"literal", N>>, B = <<"literal", (N + 1)>>, {A, B, <<A/binary, B/binary>>}.

prepend(0, B) -> B;
prepend(N, B) -> prepend(N - 1, <<N, B/binary>>).

loop(0, B) -> B;
loop(N, B) -> loop(N - 1, <<B/binary, N>>).

versions(N) ->
    L = versions(N, <<>>, []),
    [{byte_size(B), erlang:phash2(B)} || B <- L, byte_size(B) rem 17 =:= 0].

versions(0, B, Acc) -> [B | Acc];
versions(N, B, Acc) -> versions(N - 1, <<B/binary, N>>, [B | Acc]).

in_tuple(0, {B, S}) -> {erlang:phash2(B), S};
in_tuple(N, {B, S}) -> in_tuple(N - 1, {<<B/binary, N:16>>, S + byte_size(B)}).

after_failure(B) ->
    C = <<B/binary, 4>>,
    R = try <<C/binary, (id(a))>> catch error:E -> E end,
    D = <<C/binary, 5>>,
    Q = try <<D/binary, 1, 2, 3, (id(<<1:1>>))/binary>> catch error:F -> F end,
    {R, Q, C, D, <<D/binary, 6>>}.

collected(0, B, Kept) -> {byte_size(B), erlang:phash2(Kept)};
collected(N, B, Kept) ->
    garbage(15),
    C = <<B/binary, N, 0:3, N:5>>,
    collected(N - 1, C, if N rem 10 =:= 0 -> [B | Kept]; true -> Kept end).

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
