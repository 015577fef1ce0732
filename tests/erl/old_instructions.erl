%% Code that compilers of different releases translate differently: binaries built and matched, maps updated, funs
%% called, records updated and receives with references, in one loop.
-module(old_instructions).
-export([start/0, id/1]).

-record(s, {n = 0, bin = <<>>, map = #{}, list = [], fun_ = undefined}).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    S = loop(id(60), #s{fun_ = fun(X) -> X * 2 end}),
    [{n, S#s.n}, {bin, {byte_size(S#s.bin), erlang:phash2(S#s.bin)}}, {map, {map_size(S#s.map), map_get(7, S#s.map)}}, {list, {length(S#s.list), hd(S#s.list)}},
     {again, (fun() -> S2 = loop(id(10), S), {S2#s.n, S2 =:= S, is_function(S2#s.fun_, 1)} end)()},
     {decoded, decode(S#s.bin, [])},
     {calls, [call(F, [1, 2]) || F <- [fun(A, B) -> A - B end, fun erlang:'-'/2, fun ?MODULE:id/1, x]]},
     {asked, [ask(N) || N <- seq(1, 5)]},
     {swapped, swapped(id(11), a, b)},
     {literal_update, [(id(#s{}))#s{n = N, list = [N]} || N <- [1, 2]]},
     {creates, creates(id(5), id(<<"xy">>), id(1.5))}].

loop(0, S) -> S;
loop(N, #s{n = K, bin = B, map = M, list = L, fun_ = F} = S) ->
    X = F(N),
    case N rem 4 of
        0 -> loop(N - 1, S#s{n = K + X, bin = <<B/binary, N, X:16/little>>});
        1 -> loop(N - 1, S#s{map = M#{N => X, K => L}});
        2 -> loop(N - 1, S#s{list = [{N, X} | L], n = K - 1});
        3 -> loop(N - 1, S#s{n = K + 1, map = M#{N => B}, bin = <<B/binary, (byte_size(B)), 0:4, N:4, 0:8>>})
    end.

decode(<<N, X:16/little, R/binary>>, Acc) when X =:= N * 2 -> decode(R, [N | Acc]);
decode(<<N, _:4, M:4, 0, R/binary>>, Acc) -> decode(R, [{N, M} | Acc]);
decode(<<>>, Acc) -> {length(Acc), erlang:phash2(Acc)}.

call(F, A) -> try apply(F, A) catch error:{badarity, _} -> badarity; error:R -> R end.

ask(N) ->
    P = spawn(fun() -> receive {R, From, X} -> From ! {R, X * X} end end),
    self() ! noise,
    Ref = monitor(process, P),
    P ! {Ref, self(), N},
    receive {Ref, Y} -> demonitor(Ref, [flush]), receive noise -> Y end; {'DOWN', Ref, _, _, R} -> R end.

swapped(0, A, B) -> {A, B};
swapped(N, A, B) -> case N rem 3 of 0 -> swapped(N - 1, {A}, B); _ -> swapped(N - 1, B, A) end.

creates(N, B, F) -> {<<N, B/binary, F/float>>, <<B/binary, N:12, 0:4>>, <<0:N, B/bits>>, <<(N + 60)/utf8, N/utf16, F:32/float-little, "tail">>, <<B:1/binary, -N:24/signed-little>>}.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

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
