%% Binaries that grow: many times, by bits, from the same beginning twice, in several processes at once; and what is
%% built with sizes that are wrong or too large.
-module(bits_append).
-export([start/0, id/1]).

results() ->
    plain([{bytes, grow(id(3000))},
     {words, words(id(500), <<>>)},
     {bits, bit_by_bit(id(2000))},
     {shared, shared()},
     {tree, tree(id(6), binary:copy(<<"x">>, 70))},
     {processes, at_once()},
     {sent, sent()},
     {kept, kept(id(300), <<>>, [])},
     {append_to_part, part()},
     {append_itself, itself(binary:copy(<<1, 2, 3>>, 30), id(5))},
     {append_sized, [caught(fun() -> B = id(<<1, 2, 3, 4>>), N = id(N0), <<B:N/binary, 9>> end) || N0 <- [0, 2, 4, 5, -1, a]]},
     {append_bits_sized, begin B1 = id(<<16#ABCDEF:24>>), <<B1:11/bits, 1:1, B1/bits>> end},
     {comprehensions, comprehensions(id(200))},
     {errors, [caught(F) || F <- errors()]},
     {order, [caught(F) || F <- order()]},
     {in_guard, [guard(X) || X <- [<<1>>, 2, a]]},
     {many_segments, erlang:phash2(many(id(7)))},
     {empty, {<<>>, <<(id(<<>>))/binary>>, <<(id(5)):0>>, <<(id(<<>>))/binary, (id(<<>>))/binary>>}},
     {literal_first, [<<"head", (id(X)):16, "middle", (id(<<"t">>))/binary>> || X <- [1, 2]]},
     {garbage, garbage(id(200), 0)},
     {sizes, sizes(id(1000))}]).

%% Bitstrings and lists as tuples, so that nothing prints as text.
plain(T) when is_bitstring(T) -> list_to_tuple([bits, bit_size(T) | [X || <<X:8>> <= <<T/bits, 0:7>>]]);
plain(T) when is_list(T) -> list_to_tuple([plain(X) || X <- T]);
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(T) -> T.

grow(N) -> grow(N, <<>>).
grow(0, B) -> {byte_size(B), erlang:phash2(B), erlang:phash2(B)};
grow(N, B) -> grow(N - 1, <<B/binary, (N band 255)>>).

words(0, B) -> {byte_size(B), erlang:phash2(B)};
words(N, B) -> words(N - 1, <<B/binary, N:32, (N * 3):16/little, (N / 4):32/float, N/utf8>>).

bit_by_bit(N) -> bit_by_bit(N, <<>>, []).
bit_by_bit(0, B, Kept) ->
    {bit_size(B), erlang:phash2(<<B/bits, 0:(8 - bit_size(B) rem 8)>>), [bit_size(K) || K <- Kept], lists:all(fun(K) -> is_prefix(K, B) end, Kept)};
bit_by_bit(N, B, Kept) when N rem 333 =:= 0 -> bit_by_bit(N - 1, <<B/bits, (N rem 3):1>>, [B | Kept]);
bit_by_bit(N, B, Kept) -> bit_by_bit(N - 1, <<B/bits, (N rem 3):1>>, Kept).

is_prefix(K, B) ->
    S = bit_size(K),
    case B of
        <<K1:S/bits, _/bits>> -> K1 =:= K;
        _ -> false
    end.

shared() ->
    A = <<(id(binary:copy(<<7>>, 100)))/binary, 1>>,
    B = <<A/binary, 2>>,
    C = <<A/binary, 3>>,
    D = <<B/binary, 4>>,
    E = <<B/binary, 5>>,
    F = <<A/bits, 1:3>>,
    G = <<F/bits, 2:3>>,
    H = <<F/bits, 5:3>>,
    [begin <<_:100/binary, T/bits>> = X, T end || X <- [A, B, C, D, E, F, G, H]].

tree(0, B) -> [erlang:phash2(B)];
tree(N, B) -> tree(N - 1, <<B/binary, N>>) ++ tree(N - 1, <<B/binary, (N + 100)>>).

%% All processes go on from the same binary.
at_once() ->
    Start = <<(id(binary:copy(<<"abc">>, 50)))/binary, "d">>,
    Self = self(),
    Pids = [spawn(fun() -> Self ! {self(), child(Start, K, 200)} end) || K <- lists:seq(1, 8)],
    Mine = child(Start, 9, 200),
    Theirs = [receive {P, R} -> R end || P <- Pids],
    {byte_size(Start), erlang:phash2(Start), [Mine | Theirs]}.

child(B, K, 0) -> {byte_size(B), erlang:phash2(B), K};
child(B, K, N) -> child(<<B/binary, K, N>>, K, N - 1).

%% A binary is sent while it grows; each of those received is as it was.
sent() ->
    Self = self(),
    Pid = spawn(fun() -> Self ! {self(), collect([])} end),
    Last = send(Pid, <<0:600>>, 100),
    Pid ! done,
    Got = receive {Pid, L} -> L end,
    {length(Got), lists:sum([byte_size(B) || B <- Got]), lists:all(fun(B) -> is_prefix(B, Last) end, Got)}.

send(_, B, 0) -> B;
send(Pid, B, N) ->
    Pid ! B,
    send(Pid, <<B/binary, N, N>>, N - 1).

collect(L) ->
    receive
        done -> L;
        B -> collect([<<B/binary, "own">>, B | L] -- [<<B/binary, "own">>])
    end.

kept(0, B, L) -> {byte_size(B), length(L), lists:all(fun(K) -> is_prefix(K, B) end, L)};
kept(N, B, L) -> kept(N - 1, <<B/binary, "0123456789">>, [B | L]).

part() ->
    B = grow_to(id(200), <<>>),
    <<P:100/binary, _/binary>> = B,
    <<_:100/binary, Q/binary>> = B,
    X = <<P/binary, "new">>,
    Y = <<Q/binary, "new">>,
    Z = <<B/binary, "other">>,
    {erlang:phash2(B), erlang:phash2(X), erlang:phash2(Y), erlang:phash2(Z), byte_size(Y)}.

grow_to(0, B) -> B;
grow_to(N, B) -> grow_to(N - 1, <<B/binary, N>>).

itself(B, 0) -> {byte_size(B), erlang:phash2(B)};
itself(B, N) -> itself(<<B/binary, B/binary>>, N - 1).

comprehensions(N) ->
    L = lists:seq(1, N),
    B = << <<X:16>> || X <- L >>,
    {erlang:phash2(B),
     erlang:phash2(<< <<Y:8, X:8>> || <<X:8, Y:8>> <= B >>),
     erlang:phash2(<< <<X/utf8>> || X <- L >>),
     bit_size(<< <<X:3>> || X <- L >>),
     erlang:phash2(<< <<X:4, Y:4>> || <<X:8>> <= B, Y <- [1, 2], X band 1 =:= 1 >>),
     << <<A>> || <<A>> <= <<1, 2, 3, 4:4>> >>,
     << <<A:4>> || <<A:4>> <= <<16#123:12>> >>}.

errors() ->
    [fun() -> <<(id(a))>> end,
     fun() -> <<(id(1.5)):8>> end,
     fun() -> <<(id(1)):(id(-1))>> end,
     fun() -> <<(id(1)):(id(a))>> end,
     fun() -> <<(id(1)):(id(1.0))>> end,
     fun() -> <<(id(1)):(id(1 bsl 70))>> end,
     fun() -> <<(id(1)):(id(-(1 bsl 70)))>> end,
     fun() -> <<(id(<<1:4>>))/binary>> end,
     fun() -> <<(id(<<1:4>>)):1/binary>> end,
     fun() -> <<0, (id(<<1:4>>))/binary>> end,
     fun() -> <<(id(5))/binary>> end,
     fun() -> <<(id([1]))/bits>> end,
     fun() -> <<(id(<<1, 2>>)):3/binary>> end,
     fun() -> <<(id(<<1, 2>>)):17/bits>> end,
     fun() -> <<(id(<<1:12>>))/binary-unit:5>> end,
     fun() -> <<(id(x)):64/float>> end,
     fun() -> <<(id(-1))/utf8>> end].

order() ->
    [fun() -> <<(id(a)):8, 1:(id(1 bsl 70))>> end,
     fun() -> <<1:(id(1 bsl 70)), (id(a)):8>> end,
     fun() -> <<(id(a))/binary, 1:(id(1 bsl 70))>> end,
     fun() -> <<0, (id(a))/binary, 1:(id(1 bsl 70))>> end,
     fun() -> <<0, 1:(id(1 bsl 70)), (id(a))/binary>> end,
     fun() -> <<1:(id(-1)), 1:(id(1 bsl 70))>> end,
     fun() -> <<1:(id(1 bsl 70)), 1:(id(-1))>> end].

guard(X) when <<X/binary, 1>> =:= <<1, 1>> -> binary;
guard(X) when <<X:8>> =:= <<2>> -> integer;
guard(_) -> neither.

many(N) ->
    <<N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,
      N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N,
      N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N:4, N:4>>.

%% Large binaries that nobody keeps: a collection must come although the heap holds next to nothing.
garbage(0, Acc) -> Acc;
garbage(N, Acc) ->
    B = <<0:(800000 * 8), N>>,
    <<_:800000/binary, X>> = B,
    garbage(N - 1, Acc + X + byte_size(B)).

sizes(N) ->
    B = grow_to(N, <<>>),
    C = binary:copy(B),
    <<P:100/binary, _/binary>> = C,
    {byte_size(B), byte_size(P), byte_size(term_to_binary(B)), binary_to_term(term_to_binary(B)) =:= B}.

id(X) -> X.

caught(F) ->
    try F() catch C:R -> {C, R} end.

start() ->
    tuple_to_list(results()).
