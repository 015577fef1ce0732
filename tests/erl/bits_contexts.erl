%% Match contexts that go from function to function, are kept over calls and tries, meet at joins, and end in the tails
%% and positions that other clauses go on from.
-module(bits_contexts).
-export([start/0, id/1]).

results() ->
    plain([{tokens, [tokens(B, []) || B <- [<<"12+(345*6)">>, <<>>, <<" 7 ">>, <<"1:2">>, <<"x">>]]},
     {mutual, [even(B, 0) || B <- [<<1, 2, 3, 4>>, <<1, 2, 3>>, <<9:4>>]]},
     {body, body(<<1, 2, 3, 4, 5>>)},
     {over_call, over_call(<<5, 6, 7, 8>>)},
     {in_try, [in_try(B) || B <- [<<1, 2, 3>>, <<0, 2, 3>>, <<>>]]},
     {joined, [joined(K, <<1, 2, 3, 4, 5, 6>>) || K <- [a, b, c]]},
     {alternatives, [alternatives(B) || B <- [<<1, 0, 5>>, <<1, 1, 5:16>>, <<2, 3, "abc", 9>>, <<2, 3, "ab">>, <<3:4>>, <<7, 7, 7, 7>>]]},
     {clause_error, [caught(fun() -> strict(B) end) || B <- [<<1, 2, 3>>, <<1, 2>>, <<9>>, x]]},
     {rest_kept, rest_kept(<<1, 2, 3, 4, 5, 6, 7, 8>>, [])},
     {last_part, last(<<"a,bc,def">>, <<"a,bc,def">>)},
     {swapped, swapped(<<1, 2, 3>>, <<4, 5, 6>>, [])},
     {two_at_once, zip(<<1, 2, 3, 4>>, <<5:16, 6:16, 7:16>>, [])},
     {not_bits, [caught(fun() -> count(X, 0) end) || X <- [a, [1], {1}, 5]]},
     {funs, lists:map(fun(<<X, R/binary>>) -> {X, R}; (Y) -> Y end, [<<1, 2>>, <<>>, z])},
     {headers, header(<<4:4, 5:4, 0, 40:16, 1:16, 2:3, 0:13, 64, 6, 0:16, 10, 0, 0, 1, 10, 0, 0, 2, "payload">>)},
     {utf, [length_utf8(B, 0) || B <- [<<"abc"/utf8>>, <<16#E9/utf8, 16#20AC/utf8, 16#1F600/utf8, "z">>, <<"ab", 255>>]]},
     {receives, receives()},
     {hot, hot(id(40), <<3, 1, 4, 1, 5, 9, 2, 6>>, 0)},
     {gone_on, gone_on(binary:copy(<<1, 2, 3, 4, 5, 6, 7, 8>>, 40), 0, [])}]).

%% Bitstrings and lists as tuples, so that nothing prints as text.
plain(T) when is_bitstring(T) -> list_to_tuple([bits, bit_size(T) | [X || <<X:8>> <= <<T/bits, 0:7>>]]);
plain(T) when is_list(T) -> list_to_tuple([plain(X) || X <- T]);
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(T) -> T.

tokens(<<C, R/binary>>, Acc) when C >= $0, C =< $9 -> number(R, C - $0, Acc);
tokens(<<$\s, R/binary>>, Acc) -> tokens(R, Acc);
tokens(<<C, R/binary>>, Acc) when C =:= $+; C =:= $*; C =:= $(; C =:= $) -> tokens(R, [[C] | Acc]);
tokens(<<>>, Acc) -> lists:reverse(Acc, [end_of_text]);
tokens(R, Acc) -> {error, R, length(Acc)}.

number(<<C, R/binary>>, N, Acc) when C >= $0, C =< $9 -> number(R, N * 10 + C - $0, Acc);
number(R, N, Acc) -> tokens(R, [N | Acc]).

even(<<X, R/bits>>, A) -> odd(R, A + X);
even(R, A) -> {even, A, R}.
odd(<<X, R/bits>>, A) -> even(R, A - X);
odd(R, A) -> {odd, A, R}.

body(<<X, R/binary>>) -> [X * 2 | body(R)];
body(<<>>) -> [].

over_call(<<X, R/binary>>) ->
    Y = id(X),
    garbage(200),
    <<Z, T/binary>> = R,
    W = id(T),
    garbage(200),
    {X, Y, Z, W, R}.

garbage(0) -> ok;
garbage(N) -> [_ | _] = id(lists:seq(1, 20)), garbage(N - 1).

in_try(<<X, R/binary>> = All) ->
    try
        A = 10 div X,
        <<B, C/binary>> = id(R),
        {A, B, C}
    catch
        _:Reason -> {Reason, R, All}
    end;
in_try(Other) -> {other, Other}.

joined(K, B) ->
    R = case K of
            a -> <<_, T/binary>> = B, T;
            b -> <<_:3/binary, T/binary>> = B, T;
            c -> B
        end,
    <<X, Y, _/binary>> = R,
    {X, Y}.

alternatives(<<1, 0, X>>) -> {one, X};
alternatives(<<1, 1, X:16>>) -> {two, X};
alternatives(<<2, N, S:N/binary, R/binary>>) -> {string, S, R};
alternatives(<<2, N, R/binary>>) -> {short, N, R};
alternatives(<<A:4>>) -> {nibble, A};
alternatives(B) -> {other, B}.

strict(<<1, 2, X>>) -> X;
strict(<<1, X>>) when X > 5 -> X.

rest_kept(<<X, R/binary>>, Acc) when X rem 2 =:= 1 -> rest_kept(R, [R | Acc]);
rest_kept(<<_, R/binary>>, Acc) -> rest_kept(R, Acc);
rest_kept(<<>>, Acc) -> Acc.

last(<<$,, R/binary>>, _) -> last(R, R);
last(<<_, R/binary>>, Start) -> last(R, Start);
last(<<>>, Start) -> Start.

swapped(<<X, R/binary>>, B, Acc) -> swapped(B, R, [X | Acc]);
swapped(<<>>, B, Acc) -> {lists:reverse(Acc), B}.

zip(<<X, R/binary>>, <<Y:16, S/binary>>, Acc) -> zip(R, S, [{X, Y} | Acc]);
zip(R, S, Acc) -> {R, S, Acc}.

count(<<_, R/bits>>, N) -> count(R, N + 1);
count(<<_:4>>, N) -> N.

header(<<4:4, Words:4, _, Length:16, Id:16, Flags:3, Offset:13, Ttl, Proto, _:16, Source:32, A, B, C, D, Data/binary>>)
  when Words >= 5 ->
    {Length, Id, Flags, Offset, Ttl, Proto, Source, {A, B, C, D}, Data}.

length_utf8(<<_/utf8, R/binary>>, N) -> length_utf8(R, N + 1);
length_utf8(R, N) -> {N, R}.

receives() ->
    Self = self(),
    [Self ! B || B <- [<<9, 1>>, <<1, 2, 3>>, <<2, 5>>]],
    [receive <<1, R/binary>> -> {one, R} end, receive <<2, X>> -> {two, X} end, receive <<Y:16>> -> Y end].

hot(0, _, A) -> A;
hot(N, B, A) -> hot(N - 1, B, A + fields(B, 0)).

fields(<<X:4, Y:12, R/binary>>, A) -> fields(R, A + X * Y);
fields(<<>>, A) -> A.

%% Keeps some rests alive while the loop goes on without objects.
gone_on(<<X:64, R/binary>>, A, Kept) when byte_size(R) rem 5 =:= 0 -> gone_on(R, A + X, [R | Kept]);
gone_on(<<X:64/little, R/binary>>, A, Kept) -> gone_on(R, A bxor X, Kept);
gone_on(<<>>, A, Kept) -> {A, [{byte_size(K), erlang:phash2(K)} || K <- Kept]}.

id(X) -> X.

caught(F) ->
    try F() catch C:R -> {C, R} end.

start() ->
    tuple_to_list(results()).
