%% Asks the library and the built-in functions about generated terms and texts, and writes each answer on a line: both
%% systems must give the same. The arguments are a range of seeds.
-module(answers).
-export([main/1]).

main([From, To]) ->
    [ask(Name, Question, Seed)
     || Seed <- lists:seq(list_to_integer(From), list_to_integer(To) - 1), {Name, Question} <- questions()],
    io:put_chars("end\n"),
    ok.

ask(Name, Question, Seed) ->
    put(random, erlang:phash2({Name, Seed}, 1 bsl 32) bsl 20 + Seed),
    Answer = try Question() catch Class:Reason:Trace -> {Class, Reason, top(Trace)} end,
    io:put_chars([atom_to_list(Name), $\s, integer_to_list(Seed), $\s, shown(Answer), $\n]).

%% What a fun gives, or the reason of its failure.
value(Fun) -> try Fun() catch _:Reason -> {'EXIT', Reason} end.

top([{M, F, A, _} | _]) -> {M, F, A};
top([]) -> none.

shown(Answer) ->
    Text = unicode:characters_to_binary(io_lib:format("~w", [plain(Answer)])),
    case Text of
        <<Start:3000/binary, _/binary>> -> [whole(Start), "... ", integer_to_list(erlang:crc32(Text))];
        _ -> Text
    end.

%% Text without a character that was cut off at its end.
whole(Text) ->
    case unicode:characters_to_binary(Text) of
        {incomplete, Whole, _} -> Whole;
        Whole -> Whole
    end.

%% The order of a map's keys depends on which atoms are older, and the text of funs is Unicode on one system only.
plain([H | T]) -> [plain(H) | plain(T)];
plain(T) when is_tuple(T) -> list_to_tuple(plain(tuple_to_list(T)));
plain(T) when is_map(T) -> {'#map', lists:sort([{plain(K), plain(V)} || {K, V} <- maps:to_list(T)])};
plain(T) when is_function(T) -> {'#fun', [erlang:fun_info(T, Item) || Item <- [module, name, arity]]};
plain(T) -> T.

questions() ->
    [{external, fun external/0},
     {external_options, fun external_options/0},
     {damaged, fun damaged/0},
     {more_damaged, fun damaged/0},
     {hashes, fun hashes/0},
     {order, fun order/0},
     {printed, fun printed/0},
     {formats, fun formats/0},
     {floats, fun floats/0},
     {integers, fun integers/0},
     {numbers_read, fun numbers_read/0},
     {strings_read, fun strings_read/0},
     {unicode_data, fun unicode_data/0},
     {patterns, fun patterns/0},
     {more_patterns, fun patterns/0},
     {replaced, fun replaced/0},
     {string_functions, fun string_functions/0},
     {binaries, fun binaries/0},
     {lists_functions, fun lists_functions/0},
     {maps_functions, fun maps_functions/0},
     {arithmetic, fun arithmetic/0},
     {more_arithmetic, fun arithmetic/0},
     {bytes_of_numbers, fun bytes_of_numbers/0},
     {tokens, fun tokens/0}].

%% --- random numbers and terms

random() ->
    S = (get(random) * 6364136223846793005 + 1442695040888963407) band 16#FFFFFFFFFFFFFFFF,
    put(random, S),
    S bsr 24.

below(N) -> random() rem N.
pick(List) -> lists:nth(below(length(List)) + 1, List).
some(Most, Make) -> [Make() || _ <- lists:seq(1, below(Most + 1))].

term() -> term(4).

term(0) -> leaf();
term(Depth) ->
    case below(14) of
        0 -> some(5, fun() -> term(Depth - 1) end);
        1 -> [term(Depth - 1) | term(Depth - 1)];
        2 -> list_to_tuple(some(4, fun() -> term(Depth - 1) end));
        3 -> maps:from_list(some(5, fun() -> {term(Depth - 1), term(Depth - 1)} end));
        4 -> [below(256) || _ <- lists:seq(1, below(8))];
        5 -> {pick([a, ok, r]), term(Depth - 1)};
        _ -> leaf()
    end.

leaf() ->
    case below(9) of
        0 -> integer();
        1 -> integer();
        2 -> float();
        3 -> atom();
        4 -> binary();
        5 -> bits();
        6 -> [];
        7 -> pick([{}, #{}, <<>>, "text", "\x{3b1}\x{1F600}", fun lists:map/2, fun erlang:'+'/2]);
        8 -> below(300) - 20
    end.

integer() ->
    Bits = pick([1, 4, 7, 8, 15, 16, 26, 27, 28, 31, 32, 33, 58, 59, 60, 61, 62, 63, 64, 65, 100, 127, 128, 129, 256, 2040]),
    N = (1 bsl Bits) + below(5) - 2,
    case below(3) of
        0 -> -N;
        1 -> N;
        2 -> N - below(1 bsl min(Bits, 38))
    end.

float() ->
    case below(6) of
        0 -> pick([+0.0, -0.0, 1.0, -1.0, 0.1, 1.0e22, 1.0e23, 5.0e-324, 1.7976931348623157e308, 9007199254740993.0,
                   123456789.125, 0.3, 1.0e21, 1.0e-7, 2.2250738585072014e-308]);
        1 -> float_of(<<(random() bsl 24 + random()):64>>);
        2 -> below(1000000) / 1000;
        3 -> float(integer_below(1000));
        4 -> (below(2000) - 1000) * math:pow(10, below(40) - 20);
        5 -> (below(1 bsl 30) - (1 bsl 29)) / (1 bsl below(60))
    end.

integer_below(Bits) ->
    case integer() of
        N when N < 1 bsl Bits, N > -(1 bsl Bits) -> N;
        _ -> 7
    end.

float_of(<<F/float>>) -> F;
float_of(_) -> 0.5.

atom() ->
    pick([a, b, ok, '', 'A b', 'é', 'x@1', true, false, undefined, 'fun', 'and', '\n', 'a\'b', '\x{3b1}', nil, '_x', 'Z']).

binary() -> list_to_binary(some(12, fun() -> below(256) end)).
bits() -> <<(binary())/binary, (random()):(below(8))>>.
character() ->
    pick([$a, $b, $Z, $0, $9, $\s, $\n, $., $-, $+, $e, $_, 0, 16#7F, 16#80, 16#E9, 16#FF, 16#100, 16#3B1, 16#7FF, 16#800,
          16#D7FF, 16#D800, 16#DFFF, 16#E000, 16#FFFE, 16#FFFF, 16#10000, 16#1F600, 16#10FFFF, 16#110000, 16#301, 16#DF]).
characters() -> some(6, fun character/0).

%% --- external terms

external() ->
    T = term(),
    Bytes = term_to_binary(T, [deterministic]),
    {Bytes, binary_to_term(Bytes) =:= T, binary_to_term(term_to_binary(T)) =:= T, external_size_agrees(T),
     binary_to_term(<<Bytes/binary, 1, 2>>, [used]) =:= {T, byte_size(Bytes)}}.

external_size_agrees(T) -> byte_size(term_to_binary(T)) =< erlang:external_size(T).

external_options() ->
    T = term(),
    {term_to_binary(T, [{minor_version, 0}, deterministic]), term_to_binary(T, [{minor_version, 1}, deterministic]),
     term_to_binary(T, [{minor_version, 2}, deterministic]),
     [binary_to_term(term_to_binary(T, [{compressed, L}])) =:= T || L <- [0, 1, 6, 9]],
     erlang:external_size(T, [{minor_version, 1}]), erlang:external_size(T),
     iolist_to_binary(term_to_iovec(T, [deterministic])) =:= term_to_binary(T, [deterministic])}.

damaged() ->
    Bytes = term_to_binary(term(), pick([[deterministic], [deterministic, {minor_version, 0}], [deterministic, {minor_version, 1}]])),
    Damaged = damage(Bytes, below(3)),
    %% Once the atoms are there, what is safe differs in functions that nobody exports only.
    Whole = try binary_to_term(Damaged) catch error:R -> R end,
    {Damaged, Whole,
     case binary:match(Damaged, <<113>>) of
         nomatch -> try binary_to_term(Damaged, [safe]) catch error:R2 -> R2 end;
         _ -> unknown
     end,
     try binary_to_term(Damaged, [used]) catch error:R3 -> R3 end}.

damage(Bytes, 0) -> binary:part(Bytes, 0, below(byte_size(Bytes) + 1));
damage(Bytes, N) ->
    At = below(byte_size(Bytes)),
    <<Before:At/binary, Old, After/binary>> = Bytes,
    New = case below(3) of
        0 -> below(256);
        1 -> Old bxor (1 bsl below(8));
        2 -> pick([97, 98, 99, 70, 100, 104, 105, 106, 107, 108, 109, 110, 111, 115, 116, 118, 119, 77, 80, 88, 90, 103, 113, 0, 255])
    end,
    Damaged = <<Before/binary, New, After/binary>>,
    case N of
        1 -> Damaged;
        2 -> damage(Damaged, 1)
    end.

hashes() ->
    T = term(),
    N = integer_below(32),
    {erlang:phash2(T), value(fun() -> erlang:phash2(T, abs(N)) end), value(fun() -> erlang:phash(T, abs(N)) end), erlang:crc32(term_to_binary(T, [deterministic])),
     erlang:md5(term_to_binary(T, [deterministic])), erlang:adler32(binary())}.

%% --- order

order() ->
    Terms = [begin T = term(2), [T, near(T)] end || _ <- lists:seq(1, 8)],
    All = lists:append(Terms) ++ [integer(), float(), 1, 1.0, [1], [1.0], {1}, {1.0}],
    [A, B, C | _] = All,
    {lists:sort(All), lists:usort(All), [{X == Y, X =:= Y, X < Y, X =< Y} || X <- [A, B, C], Y <- All],
     lists:usort(fun(X, Y) -> X =< Y end, All), lists:max(All), lists:min(All), maps:size(maps:from_keys(All, 1)),
     lists:member(B, [A, C]), lists:keysort(1, [{T} || T <- All])}.

%% A term like the other, or equal to it.
near(T) when is_integer(T) -> try float(T) catch error:badarg -> T + 1 end;
near(T) when is_float(T) -> trunc(T);
near([H | T]) -> [near(H) | T];
near(T) when tuple_size(T) > 0 -> setelement(1, T, near(element(1, T)));
near(T) when is_map(T) -> T#{near => 1};
near(T) -> T.

%% --- text

printed() ->
    T = single(term()),
    {T, [unicode:characters_to_binary(io_lib:format(F, [T])) || F <- ["~p", "~w", "~tp", "~tw", "~0p", "~20p", "~40tp"]],
     unicode:characters_to_binary(io_lib:format("~P ~W", [T, below(20), T, below(20)]))}.

%% The term with maps of one key at most: the order of keys depends on which atoms are older.
single([H | T]) -> [single(H) | single(T)];
single(T) when is_tuple(T) -> list_to_tuple(single(tuple_to_list(T)));
single(T) when map_size(T) > 0 -> {K, V} = lists:min(maps:to_list(T)), #{single(K) => single(V)};
single(T) -> T.

formats() ->
    Value = pick([integer(), float(), atom(), characters(), binary(), single(term(1))]),
    Control = [$~, pick(["", "5", "-5", "10", "*"]), pick(["", ".3", ".0", ".16", ".20", "..*", ".10.x"]), pick(["", "t", "l"]),
               pick("cswpbBxX#+gefni~kK")],
    Arguments = case lists:member("*", Control) of true -> [below(8), Value]; false -> [Value] end,
    {lists:flatten(Control), try io_lib:format(lists:flatten(Control), Arguments) of L -> unicode:characters_to_binary(L) catch C:R -> {C, R} end}.

floats() ->
    F = float(),
    Digits = below(30),
    {F, float_to_list(F), float_to_list(F, [short]), float_to_binary(F, [short]), value(fun() -> float_to_list(F, [{decimals, Digits}]) end),
     value(fun() -> float_to_binary(F, [{decimals, max(Digits, 1)}, compact]) end), float_to_list(F, [{scientific, Digits}]),
     list_to_float(float_to_list(F)) =:= F, list_to_float(float_to_list(F, [short])) =:= F,
     [value(fun() -> erlang:G(F) end) || G <- [trunc, round, floor, ceil]], <<F/float>>, <<F:32/float>>, value(fun() -> <<F:16/float>> end), io_lib:format("~g ~e ~f ~.3f", [F, F, F, F]),
     [value(fun() -> io_lib:fwrite("~.*f", [D, F]) end) || D <- [0, 1, 10]]}.

integers() ->
    N = integer(),
    Base = 2 + below(35),
    {integer_to_list(N), integer_to_list(N, Base), integer_to_binary(N, Base), list_to_integer(integer_to_list(N, Base), Base) =:= N,
     binary_to_integer(integer_to_binary(N)) =:= N, value(fun() -> integer_to_list(N, below(40)) end), string:to_lower(integer_to_list(N, 36)),
     list_to_integer(string:to_lower(integer_to_list(N, 36)), 36) =:= N, value(fun() -> float(N) end)}.

number_text() ->
    lists:flatten([pick(["", "", "+", "-", " ", "--"]), some(3, fun() -> pick("0123456789") end), pick(["", ".", ".5", ".25", "..", ".0"]),
                   pick(["", "", "e", "e5", "E+10", "e-3", "e400", "e-400", "e+", "x"]), pick(["", "", "", "a", " ", "_1", "\n"])]).

numbers_read() ->
    Text = number_text(),
    Bytes = list_to_binary(Text),
    Base = pick([2, 8, 10, 16, 36, 1, 37]),
    {Text, [try F() catch C:R -> {C, R} end || F <- [
        fun() -> list_to_integer(Text) end, fun() -> list_to_float(Text) end, fun() -> binary_to_integer(Bytes) end,
        fun() -> binary_to_float(Bytes) end, fun() -> list_to_integer(Text, Base) end, fun() -> binary_to_integer(Bytes, Base) end,
        fun() -> string:to_integer(Text) end, fun() -> string:to_float(Text) end, fun() -> string:to_integer(Bytes) end,
        fun() -> string:to_float(Bytes) end, fun() -> io_lib:fread("~d", Text) end, fun() -> io_lib:fread("~f", Text) end,
        fun() -> list_to_existing_atom(Text) end, fun() -> list_to_pid(Text) end]]}.

strings_read() ->
    Text = lists:flatten([pick(["{", "[", "<<", "", "#{"]), some(4, fun() -> pick(["1", "a", ",", "\"s\"", "1.5", "$x", "'q'", "=>", "16#ff", "-", "%c\n", "|", "1_0"]) end),
                          pick(["}", "]", ">>", ""]), "."]),
    {Text, case erl_scan:string(Text) of
        {ok, Tokens, _} -> {Tokens, erl_parse:parse_term(Tokens), case erl_parse:parse_exprs(Tokens) of {ok, E} -> {E, value(fun() -> erl_eval:exprs(E, []) end)}; Other -> Other end};
        Error -> Error
    end}.

unicode_data() ->
    Data = pick([characters(), binary(), [characters(), binary()], utf8(), [utf8() | binary()], {characters()}, [atom()]]),
    {Data, [try F() catch C:R -> {C, R} end || F <- [
        fun() -> unicode:characters_to_list(Data) end, fun() -> unicode:characters_to_binary(Data) end,
        fun() -> unicode:characters_to_list(Data, latin1) end, fun() -> unicode:characters_to_binary(Data, latin1, utf16) end,
        fun() -> unicode:characters_to_binary(Data, utf8, latin1) end, fun() -> unicode:characters_to_list(Data, {utf16, little}) end,
        fun() -> unicode:characters_to_binary(Data, utf8, {utf32, little}) end, fun() -> unicode:characters_to_nfc_list(Data) end,
        fun() -> unicode:characters_to_nfkd_binary(Data) end, fun() -> iolist_to_binary(Data) end, fun() -> iolist_size(Data) end,
        fun() -> list_to_binary(Data) end, fun() -> list_to_atom(Data) end, fun() -> binary_to_atom(Data, utf8) end, fun() -> list_to_bitstring(Data) end,
        fun() -> unicode:bom_to_encoding(Data) end, fun() -> string:length(Data) end, fun() -> string:to_graphemes(Data) end]]}.

utf8() -> << <<C/utf8>> || C <- characters(), C < 16#D800 orelse (C > 16#DFFF andalso C < 16#110000) >>.

%% --- regular expressions

pattern() -> lists:flatten(some(6, fun() -> pick(["a", "b", "c", ".", "a*", "b+", "c?", "(a)", "(b|c)", "[abc]", "[^a]", "^", "$", "\\d", "\\w+", "\\b", "(?:ab)", "a{2}",
    "(?<n>a)", "\\1", "x*?", "(a|b)*", "\\s", "é", "(", ")", "[", "{1,2}", "|", "(?=a)", "(?!b)", "(?i)", "\\x61", "\\"]) end)).
subject() -> lists:flatten(some(8, fun() -> pick(["a", "b", "c", "ab", " ", "1", "\n", "A", "é", "aa", "x"]) end)).

patterns() ->
    Pattern = pattern(),
    Subject = [$a | subject()],
    Options = some(2, fun() -> pick([caseless, global, {capture, all, list}, {capture, first}, {capture, none}, {capture, all_but_first, binary}, {capture, [n, 1], list},
                                     {offset, 1}, multiline, dotall, anchored, notempty, extended, ungreedy, unicode, dollar_endonly, {capture, all_names, list}, firstline, no_auto_capture, {newline, crlf}]) end),
    {Pattern, Subject, Options, try re:run(Subject, Pattern, Options) catch C:R -> {C, R} end,
     case re:compile(Pattern) of {ok, _} -> ok; {error, _} -> error end}.

replaced() ->
    Pattern = pattern(),
    Subject = subject(),
    {Pattern, Subject, [try F() catch C:R -> {C, R} end || F <- [
        fun() -> re:replace(Subject, Pattern, pick(["x", "[&]", "\\1", "\\g{1}-"]), [global, {return, list}]) end,
        fun() -> re:split(Subject, Pattern, [{return, list}]) end,
        fun() -> re:split(Subject, Pattern, [{return, list}, trim, group]) end]]}.

%% --- functions of the library

string_functions() ->
    S = pick([characters(), subject(), utf8()]),
    T = pick([subject(), "a", "b", [character()]]),
    {S, T, [try F() catch C:R -> {C, R} end || F <- [
        fun() -> string:split(S, T, all) end, fun() -> string:find(S, T) end, fun() -> string:lexemes(S, T) end, fun() -> string:uppercase(S) end,
        fun() -> string:casefold(S) end, fun() -> string:trim(S) end, fun() -> string:trim(S, both, T) end, fun() -> string:reverse(S) end,
        fun() -> string:pad(S, 8, both, $*) end, fun() -> string:slice(S, below(4), below(5)) end, fun() -> string:replace(S, T, "-", all) end,
        fun() -> string:equal(S, T, true, nfc) end, fun() -> string:titlecase(S) end, fun() -> string:jaro_similarity(S, T) end, fun() -> string:prefix(S, T) end]]}.

binaries() ->
    B = pick([binary(), list_to_binary(lists:duplicate(below(5), "ab")), bits()]),
    P = pick([<<"a">>, <<"b">>, <<"ab">>, [<<"a">>, <<"ba">>], binary(), <<>>, []]),
    {From, Length} = {below(8) - 1, below(10) - 4},
    {B, P, From, Length, [try F() catch C:R -> {C, R} end || F <- [
        fun() -> binary:match(B, P) end, fun() -> binary:matches(B, P) end, fun() -> binary:split(B, P, [global, trim_all]) end, fun() -> binary:match(B, P, [{scope, {From, Length}}]) end,
        fun() -> binary:replace(B, P, <<"-">>, [global]) end, fun() -> binary:part(B, From, Length) end, fun() -> binary_part(B, {From, Length}) end,
        fun() -> binary:decode_unsigned(B) end, fun() -> binary:encode_unsigned(abs(integer()), little) end, fun() -> binary:longest_common_prefix([B, binary()]) end,
        fun() -> binary:longest_common_suffix([B, B]) end, fun() -> binary:encode_hex(B) end, fun() -> binary:decode_hex(B) end, fun() -> binary:at(B, From) end,
        fun() -> binary:bin_to_list(B, From, Length) end, fun() -> bitstring_to_list(B) end, fun() -> split_binary(B, From) end, fun() -> base64:encode(B) end,
        fun() -> base64:decode(B) end, fun() -> binary_to_list(B, From, Length) end, fun() -> binary:last(B) end, fun() -> binary:copy(B, below(4) - 1) end,
        fun() -> erlang:crc32(below(99), B) end, fun() -> erlang:adler32_combine(1, 2, below(99)) end, fun() -> erlang:md5(B) end, fun() -> B < P end, fun() -> byte_size(B) + bit_size(B) end]]}.

lists_functions() ->
    L = pick([some(8, fun() -> below(5) end), some(6, fun leaf/0), some(5, fun() -> {below(3), leaf()} end), [a | b], leaf()]),
    M = pick([some(4, fun() -> below(5) end), L]),
    K = below(4),
    {L, M, K, [try F() catch C:R -> {C, R} end || F <- [
        fun() -> L ++ M end, fun() -> L -- M end, fun() -> lists:reverse(L) end, fun() -> lists:reverse(L, M) end, fun() -> lists:keyfind(K, 1, L) end,
        fun() -> lists:keymember(K, 2, L) end, fun() -> lists:keysearch(K, 1, L) end, fun() -> lists:keytake(K, 1, L) end, fun() -> lists:member(K, L) end,
        fun() -> length(L) end, fun() -> lists:nth(K, L) end, fun() -> list_to_tuple(L) end, fun() -> lists:sum(L) end, fun() -> lists:merge(lists:sort(L), lists:sort(M)) end,
        fun() -> lists:keysort(1, L) end, fun() -> lists:flatten([L, [M]]) end, fun() -> lists:zip(L, M) end, fun() -> lists:seq(K, 9, K - 1) end, fun() -> maps:from_list(L) end,
        fun() -> lists:keyreplace(K, 1, L, {x}) end, fun() -> lists:prefix(M, L) end, fun() -> tl(L) end, fun() -> hd(L) end, fun() -> lists:enumerate(L) end, fun() -> lists:uniq(L) end,
        fun() -> lists:join(x, L) end, fun() -> lists:sublist(L, K, 2) end, fun() -> lists:split(K, L) end, fun() -> lists:subtract(L, M) end, fun() -> lists:keymember(K, 0, L) end]]}.

maps_functions() ->
    M = maps:from_list(some(pick([4, 40]), fun() -> {below(60), leaf()} end)),
    N = pick([maps:from_list(some(4, fun() -> {leaf(), below(60)} end)), M, leaf()]),
    K = pick([below(60), leaf(), float(below(9))]),
    {sorted(M), sorted(N), K, [try sorted(F()) catch C:R -> {C, sorted(R)} end || F <- [
        fun() -> maps:get(K, M) end, fun() -> maps:merge(M, N) end, fun() -> maps:remove(K, M) end, fun() -> maps:take(K, M) end, fun() -> maps:update(K, 1, M) end, fun() -> M#{K => 1} end,
        fun() -> M#{K := 1} end, fun() -> maps:find(K, N) end, fun() -> N#{K => 2} end, fun() -> map_size(N) end, fun() -> maps:intersect(M, N) end, fun() -> maps:with([K, 1, 2], N) end,
        fun() -> maps:without([K, 1], M) end, fun() -> M == N end, fun() -> M < N end, fun() -> erlang:phash2(M) end, fun() -> lists:sort(maps:keys(N)) end, fun() -> is_map_key(K, N) end,
        fun() -> lists:sort(maps:values(M)) end, fun() -> maps:fold(fun(_, _, A) -> A + 1 end, 0, N) end, fun() -> maps:groups_from_list(fun(X) -> X end, [K, K]) end,
        fun() -> lists:sort(maps:to_list(N)) end, fun() -> maps:from_keys([K, 1, 1.0], x) end, fun() -> lists:sort(maps:to_list(maps:iterator(N))) end]]}.

sorted(M) when is_map(M) -> {map, lists:sort(maps:to_list(M))};
sorted(T) when is_tuple(T) -> list_to_tuple([sorted(E) || E <- tuple_to_list(T)]);
sorted(L) when is_list(L) -> try [sorted(E) || E <- L] catch error:_ -> L end;
sorted(T) -> T.

%% --- numbers

number() -> case below(4) of 0 -> float(); _ -> integer() end.

arithmetic() ->
    {A, B} = {pick([number(), integer(), below(100) - 50]), pick([number(), integer(), below(100) - 50, 0])},
    {A, B, [try erlang:F(A, B) catch error:R -> R end || F <- ['+', '-', '*', '/', 'div', 'rem', 'band', 'bor', 'bxor', '<', '=<', '==', '=:=', '/=', max, min]],
     [try erlang:F(A) catch error:R -> R end || F <- ['-', 'bnot', abs, float, trunc, round, floor, ceil]],
     [try erlang:F(A, S) catch error:R -> R end || F <- ['bsl', 'bsr'], S <- [0, 1, 31, 59, 63, 64, 65, -1, -64, below(200)]],
     [try math:F(A, B) catch error:R -> R end || F <- [pow, fmod, atan2]], [try math:F(A) catch error:R -> R end || F <- [sqrt, floor, ceil, log2]]}.

bytes_of_numbers() ->
    {N, F} = {integer(), float()},
    Size = below(140),
    {N, F, Size, [try G() catch error:R -> R end || G <- [
        fun() -> <<N:Size>> end, fun() -> <<N:Size/little>> end, fun() -> <<1:1, N:Size/little, 5:3>> end, fun() -> <<N/utf8>> end, fun() -> <<N/utf16-little>> end, fun() -> <<F:64/little-float>> end,
        fun() -> <<N:32/float>> end, fun() -> <<N:64/float>> end, fun() -> <<X:Size/signed-little, R/bits>> = <<N:200, F/float>>, {X, R} end,
        fun() -> <<_:3, X:Size/signed, _/bits>> = <<N:200>>, X end, fun() -> <<_:Size, X:32/float, _/bits>> = <<N:200>>, X end,
        fun() -> <<X/utf8, _/bits>> = <<N:200>>, X end, fun() -> <<X/utf16, R/bits>> = <<N:64>>, {X, R} end, fun() -> <<X/utf32, _/bits>> = <<N:200>>, X end, fun() -> <<X:16/float-little, _/bits>> = <<N:200>>, X end,
        fun() -> <<X:Size/bits, R/binary>> = <<N:200>>, {X, R} end, fun() -> << <<X:3>> || <<X:5>> <= <<N:Size>> >> end, fun() -> [X || <<X:7/signed-little>> <= <<N:Size>>] end]]}.

tokens() ->
    Text = lists:flatten(some(6, fun() -> pick(["foo", "Bar", " ", "12", "1.5e3", "16#ff", "$a", "\"s\\n\"", "'a b'", "->", ":=", "%c\n", "\n", "?", "=<", "1_000", "é", "\"\"\"", "~s\"x\"", "..."]) end)),
    {Text, erl_scan:string(Text)}.
