%% Bitstrings of constant fields: made in words, appended in place, and where neither can be done.
-module(bits_in_line).
-export([start/0]).

start() ->
    shown([fresh(), crossing(), big_and_bad(), grown(), odd(), shared(), sent(), kept(), strings(), floats(), collected()]).

%% Bitstrings as numbers, which print the same everywhere.
shown(B) when is_bitstring(B) ->
    Size = bit_size(B),
    <<N:Size>> = B,
    {bits, Size, N};
shown(T) when is_tuple(T) -> list_to_tuple(shown(tuple_to_list(T)));
shown([H | T]) -> [shown(H) | shown(T)];
shown(T) -> T.

id(X) -> X.

fresh() ->
    {<<(id(1))>>, <<(id(-1)):3>>, <<(id(16#123456789ABCDEF)):64>>, <<(id(-2)):64/little, (id(5)):4>>,
     <<(id(1)):1, (id(2)):2, (id(3)):61>>, <<(id(300)):24/little>>, <<(id(-300)):24/little, 7:59>>}.

%% Fields over the borders of words.
crossing() ->
    [<<A:11, 1:1, A:32/little, A:60, A:59, (A bsr 1):64, 3:5>> || A <- [0, 1, -1, 77, 16#7FFFFFFFFFFFFFF, -16#800000000000000]].

%% What is no small integer, and what is none at all.
big_and_bad() ->
    Big = id(1 bsl 80 + 5),
    Bad = fun(F) -> try F() catch error:R -> R end end,
    {<<Big:8, Big:64, (-Big):40/little>>, <<(id(<<1>>))/binary, Big:16>>,
     Bad(fun() -> <<(id(a)):8>> end), Bad(fun() -> <<(id(1.5)):8, 1:8>> end),
     Bad(fun() -> <<(id(a))/binary, 1:8>> end), Bad(fun() -> <<(id(<<1:3>>))/binary, 1:8>> end),
     Bad(fun() -> <<(id(<<0:800>>))/binary, (id(b)):8>> end), <<(id(<<1:3>>))/bitstring, 1:8>>}.

bytes(0, Acc) -> Acc;
bytes(N, Acc) -> bytes(N - 1, <<Acc/binary, N, (N * 3):16, (N * 5):24/little>>).

grown() ->
    B = bytes(1000, <<>>),
    {byte_size(B), erlang:crc32(B), binary:part(B, 4000, 12)}.

%% Not at byte borders; each step another bit.
bits(0, Acc) -> Acc;
bits(N, Acc) -> bits(N - 1, <<Acc/bitstring, N:11, (N band 1):1, (N * 7919):32/little, (N * N):33>>).

odd() ->
    [begin
         B = bits(300, <<0:Skip>>),
         Size = bit_size(B),
         {Skip, Size, erlang:crc32(<<B/bitstring, 0:(7 - (Size + 7) rem 8)>>)}
     end || Skip <- lists:seq(0, 70, 5)].

%% Two continuations of one beginning; the beginning stays as it was.
shared() ->
    Start = bytes(50, <<>>),
    A = <<Start/binary, 1, 2, 3>>,
    B = <<Start/binary, 4, 5, 6>>,
    C = <<A/binary, 7>>,
    D = <<A/binary, 8>>,
    E = <<B/bitstring, 1:1>>,
    F = <<E/bitstring, 1:1>>,
    G = <<E/bitstring, 0:1>>,
    [binary_part(X, byte_size(X), -4) || X <- [Start, A, B, C, D]] ++
        [begin <<_:2400/bits, R/bits>> = X, R end || X <- [E, F, G]].

%% Others that have the same buffer, and go on from it too.
sent() ->
    Me = self(),
    Start = bytes(40, <<>>),
    Pids = [spawn(fun() -> receive {go, B} -> Me ! {self(), tail(<<(more(5, <<B/binary, N>>))/binary, N>>)} end end) || N <- [1, 2]],
    [P ! {go, Start} || P <- Pids],
    Mine = tail(more(7, Start)),
    [receive {P, Tail} -> Tail end || P <- Pids] ++ [Mine, tail(Start)].

more(0, B) -> B;
more(N, B) -> more(N - 1, <<B/binary, N:32>>).

tail(B) -> {byte_size(B), binary_part(B, byte_size(B), -10)}.

%% A persistent copy, which must not change.
kept() ->
    Start = bytes(40, <<>>),
    persistent_term:put(?MODULE, Start),
    A = more(3, Start),
    B = more(4, persistent_term:get(?MODULE)),
    C = more(5, <<(persistent_term:get(?MODULE))/binary, 9>>),
    [tail(X) || X <- [persistent_term:get(?MODULE), Start, A, B, C]].

strings() ->
    X = id(<<"x">>),
    L = lists:foldl(fun(N, Acc) -> <<Acc/binary, "ab", N, "1234567", "12345678", N:16>> end, <<"start">>, lists:seq(1, 50)),
    {<<"abc", X/binary, "defghij">>, <<X/binary, "">>, <<"", X/binary>>, <<"caf\xe9", 1>>, byte_size(L), erlang:crc32(L)}.

floats() ->
    F = id(2.5) * id(1.5),
    {<<3.5:32/float, F/float, F:32/float, 7/float>>, <<1.0e300/float-little, 1.0e-3:64/float, F/float-little>>,
     lists:foldl(fun(N, Acc) -> <<Acc/bitstring, N:3, 3.5:32/float>> end, <<>>, lists:seq(1, 40))}.

%% Many results alive, so that the collector sees all of them.
collected() ->
    L = [bytes(N, <<>>) || N <- lists:seq(1, 60)],
    erlang:garbage_collect(),
    {lists:sum([byte_size(B) || B <- L]), erlang:crc32(L)}.
