%% What mutants.erl damages: a little of everything the compiler makes code for, in functions that end at once.
-module(subject).
-export([lists/2, tuples/2, maps/2, floats/2, binaries/2, strings/1, build/2, exceptions/2, catches/1, funs/2, numbers/2,
         select/1, compare/2, records/2, receiving/1, processes/1, deep/1, loop/2, comprehension/1, utf/1, guards/2,
         table/1, apply_it/2, update/2, many/8]).

-record(point, {x = 0, y = 0, name = "none"}).

lists([H | T], Acc) when is_atom(H) -> lists(T, [{H} | Acc]);
lists([H | T], Acc) -> lists(T, [H + 1 | Acc]);
lists([], Acc) -> lists:reverse(Acc);
lists(X, [A, B | _]) -> {X, A, B}.

tuples({A, B}, C) -> {C, {B, A}, [A | B]};
tuples({A, {B, C}, D}, _) -> setelement(2, {A, B, C}, D);
tuples({ok, N, _, M}, X) when N > 1 -> {error, N + M, X};
tuples(T, N) when is_tuple(T), is_integer(N) -> element(N, T);
tuples(_, _) -> none.

maps(#{a := A, b := #{c := C}} = M, X) -> M#{a := X, d => {A, C}};
maps(#{a := A}, X) -> #{X => A, b => 1, c => [X]};
maps(M, X) when is_map(M) -> {map_size(M), M#{X => 1}};
maps(X, Y) -> #{x => X, y => Y, 1 => 2.0}.

floats(A, B) when is_float(A), is_float(B) -> (A + B) * 2.5 - A / (B * B + 1.0);
floats(A, B) when is_number(A) -> A * 1.5 + B;
floats(A, _) -> {A, 3.25, -0.0}.

binaries(<<A:8, B:16/little, Rest/binary>>, N) -> {A, B, N, Rest};
binaries(<<X:3, Y:5/signed, Z/bitstring>>, _) -> [X, Y | Z];
binaries(<<"ab", F:64/float, _/binary>>, _) -> F;
binaries(_, N) when is_integer(N), N >= 0, N < 100 -> <<N:N, 1:1>>;
binaries(_, _) -> <<>>.

strings(<<"text", Rest/binary>>) -> Rest;
strings(<<N, Bin:N/binary, _/bits>>) -> strings(Bin);
strings(<<_, Rest/bits>>) -> strings(Rest);
strings(_) -> "a string".

build(A, B) when is_binary(A), is_integer(B) -> <<A/binary, B:32, "tail", (B * 2):16/little, 1.5:64/float>>;
build(A, B) when is_integer(A), A >= 0, A < 64 -> <<B/utf8, 7:A, (-1):12/signed>>;
build(A, _) -> list_to_binary([A, <<1, 2, 3>>, "x"]).

exceptions(A, B) ->
    X = {A, [B]},
    try
        {ok, element(A, X) + hd(B)}
    catch
        error:badarg -> {badarg, X};
        throw:{T, _} -> {T, B};
        _:R:S -> {R, is_list(S), X}
    after
        put(last, X)
    end.

catches(X) ->
    A = (catch hd(X)),
    B = (catch throw({A, X})),
    [A, B | (catch exit(X))].

funs(F, X) when is_function(F, 1) -> F(X);
funs(A, B) ->
    F = fun(X) -> {A, X, B} end,
    G = fun Loop(N, L) when is_integer(N), N > 0 -> Loop(N - 1, [{A, N} | L]); Loop(_, L) -> L end,
    {F(1), G(3, []), fun erlang:abs/1, fun subject:deep/1}.

numbers(A, B) when is_integer(A), is_integer(B) ->
    {A + B, A - B, A * B, A band B, A bor 7, A bxor B, bnot A, -A, A bsl 3, B bsr 2, A div 3, B rem 5};
numbers(A, B) -> {abs(A), trunc(B), round(A)}.

select(1) -> one;
select(2) -> two;
select(3) -> {three, 3};
select(a) -> "a";
select(b) -> [b];
select(X) when is_atom(X) -> atom;
select(100000000000000000000) -> big;
select(1.5) -> float;
select({}) -> empty;
select(_) -> other.

compare(A, B) when A =:= B -> same;
compare(A, B) when A < B, A =/= 1 -> less;
compare(A, B) when A >= B; is_list(A) -> more;
compare(_, _) -> strange.

records(#point{x = X, y = Y} = P, N) -> P#point{x = Y, y = X, name = N};
records(X, Y) -> #point{x = X, y = Y}.

receiving(Time) ->
    self() ! {msg, 1},
    self() ! other,
    receive
        {msg, N} -> receive other -> N after 0 -> none end
    after Time -> timeout
    end.

processes(X) ->
    Self = self(),
    {Pid, Ref} = spawn_monitor(fun() -> Self ! {hello, X} end),
    receive {hello, Y} -> ok end,
    receive {'DOWN', Ref, process, Pid, Why} -> {Why, Y} end.

deep(N) when is_integer(N), N > 0, N < 1000 -> [N | deep(N - 1)];
deep(_) -> [].

loop(N, Acc) when is_integer(N), N > 0, N < 1000 -> loop(N - 1, {Acc});
loop(_, Acc) -> Acc.

comprehension(L) when is_list(L) -> [{X, Y} || X <- L, is_integer(X), Y <- [1, 2], X > Y];
comprehension(B) -> << <<(X + 1)>> || <<X>> <= B >>.

utf(<<C/utf8, Rest/binary>>) -> [C | utf(Rest)];
utf(<<C/utf16, _/binary>>) -> C;
utf(_) -> [].

guards(A, B) when is_tuple(A), tuple_size(A) > 1, element(1, A) =:= B -> tagged;
guards(A, B) when is_list(A), length(A) > 2; is_map(B), map_size(B) =:= 0 -> sized;
guards(A, B) when is_pid(A) orelse is_reference(B) -> identifier;
guards(A, B) when (A + B) * 2 > 10 -> large;
guards(A, _) -> is_binary(A) andalso byte_size(A) > 1.

table(X) ->
    case X of
        {a, _} -> 1;
        {b, Y, _} -> Y;
        {c, _, _, Z} -> Z;
        [_, _ | T] -> T;
        #{} -> map
    end.

apply_it(M, F) when is_atom(M), is_atom(F) -> M:F();
apply_it(F, A) when is_list(A) -> apply(F, A);
apply_it(F, A) -> F(A).

update(T, V) when is_tuple(T) -> setelement(1, T, V);
update(M, V) -> M#{key => V}.

many(A, B, C, D, E, F, G, H) ->
    X = deep(3),
    Y = loop(2, A),
    {A, B, [C | X], D + 1, E, {F, Y}, G, H}.
