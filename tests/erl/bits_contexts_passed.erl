%% Match contexts handed to other functions, kept over calls, matched again from the start, used as binaries, in
%% several clauses, as accumulators, in tuples and messages.
-module(bits_contexts_passed).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    B = <<1, 2, 3, 4, 5, 6, 7, 8>>,
    [{to_other, one(B)},
     {back_and_forth, ping(B, 0, [])},
     {used_as_binary, [as_binary(X) || X <- [B, <<1>>, <<>>]]},
     {kept_over_call, kept(B)},
     {matched_again, again(B)},
     {two_contexts, merge(<<1, 4, 6>>, <<2, 3, 5, 7>>)},
     {in_tuple, tupled(B, [])},
     {several_clauses, [clauses(X) || X <- [<<1, 5, 6>>, <<2, 5, 6>>, <<3, 5, 6>>, <<3, 5>>, <<4:4>>, <<>>]]},
     {to_fun, to_fun(B)},
     {to_fun_argument, fold(fun(<<X, R/binary>>, A) -> {R, A + X}; (<<>>, A) -> {done, A} end, B, 0)},
     {sent, (fun() -> <<_, R/binary>> = id(B), self() ! R, receive <<X, S/binary>> -> {X, S, R} end end)()},
     {in_try, tried(B)},
     {in_catch_all, [all(X) || X <- [B, <<9:9>>, a]]},
     {backtracked, [back(X) || X <- [<<"key=val">>, <<"key:val">>, <<"keyval">>, <<"k=">>]]},
     {position_kept, pos(<<"line1\nline2\n\nend">>, 1, 0)},
     {bits_left, left(<<5:3, 6:3, 7:3>>, [])},
     {nested_formats, packet(<<2, 3, 1, 2, 3, 4, 9, 8, 7, 6, 0>>)},
     {growing_and_reading, grow_read(<<>>, 5)},
     {collected, (fun() -> L = collect(binary:copy(B, 20), []), {length(L), erlang:phash2(L)} end)()}].

one(<<X, R/binary>>) -> two(R, X).
two(<<Y:16, R/binary>>, X) -> three(X, Y, R).
three(X, Y, <<Z:4, R/bits>>) -> {X, Y, Z, bit_size(R), R}.

ping(<<X, R/binary>>, N, Acc) -> pong(R, N + 1, [X | Acc]);
ping(<<>>, N, Acc) -> {N, Acc}.
pong(<<X, Y, R/binary>>, N, Acc) -> ping(R, N + 1, [{X, Y} | Acc]);
pong(R, N, Acc) -> {R, N, Acc}.

as_binary(<<X, R/binary>> = B) -> {X, byte_size(R), byte_size(B), R =:= B, <<R/binary, X>>};
as_binary(B) -> {empty, B}.

kept(<<X, R/binary>>) -> garbage(50), Y = id(X), <<Z, S/binary>> = R, garbage(50), <<W, _/binary>> = S, {X, Y, Z, W, R, S}.

again(B) -> <<X, _/binary>> = B, <<Y:16, _/binary>> = B, <<Z:4, _/bits>> = B, case B of <<1, 3, _/binary>> -> wrong; <<1, 2, R/binary>> -> {X, Y, Z, R} end.

merge(<<X, R/binary>>, <<Y, _/binary>> = S) when X < Y -> [X | merge(R, S)];
merge(R, <<Y, S/binary>>) -> [Y | merge(R, S)];
merge(R, <<>>) -> [rest, R].

tupled(B, Acc) -> case next(B) of {X, R} -> tupled(R, [X | Acc]); done -> Acc end.
next(<<X:12, R/bits>>) -> {X, R};
next(<<X:4>>) -> {X, <<>>};
next(_) -> done.

clauses(<<1, R/binary>>) -> {one, R}; clauses(<<2, X, R/binary>>) -> {two, X, R}; clauses(<<3, X, Y>>) -> {three, X, Y}; clauses(<<3, R/binary>>) -> {three, R}; clauses(<<X:4>>) -> {nibble, X}; clauses(B) -> {other, B}.

to_fun(<<X, R/binary>>) -> F = fun() -> <<Y, S/binary>> = R, {X, Y, S} end, garbage(20), F().

fold(F, B, A) -> case F(B, A) of {done, R} -> R; {R, A2} -> fold(F, R, A2) end.

tried(<<X, R/binary>>) -> try <<Y, 99, _/binary>> = R, Y catch error:{badmatch, M} -> <<Z:16, _/binary>> = R, {X, Z, M =:= R} end.

all(B) -> try <<X:16, R/bits>> = B, {X, R} catch _:{badmatch, V} -> {bad, V} end.

back(B) -> back(B, B, 0).
back(<<$=, V/binary>>, All, N) -> {eq, binary_part(All, 0, N), V};
back(<<$:, V/binary>>, All, N) -> {colon, binary_part(All, 0, N), V};
back(<<_, R/binary>>, All, N) -> back(R, All, N + 1);
back(<<>>, All, N) -> {none, All, N}.

pos(<<$\n, R/binary>>, Line, _) -> pos(R, Line + 1, 0);
pos(<<"end", R/binary>>, Line, Col) -> {Line, Col, R};
pos(<<_, R/binary>>, Line, Col) -> pos(R, Line, Col + 1).

left(<<X:4, R/bits>>, Acc) -> left(R, [X | Acc]);
left(R, Acc) -> {R, bit_size(R), Acc}.

packet(<<N, R/binary>>) -> records(N, R, []).
records(0, R, Acc) -> {Acc, R};
records(N, <<L, D:L/binary, R/binary>>, Acc) -> records(N - 1, R, [D | Acc]);
records(N, R, Acc) -> {short, N, R, Acc}.

grow_read(B, 0) -> B;
grow_read(B, N) -> C = <<B/binary, N, (N * 2)>>, <<X, R/binary>> = C, grow_read(<<R/binary, X>>, N - 1).

collect(<<X:24, R/binary>>, Acc) -> garbage(3), collect(R, [{X, case R of <<Y, _/binary>> -> Y; _ -> none end} | Acc]);
collect(R, Acc) -> [R | Acc].

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
