%% OTP's zlib: formats, order of calls, dictionaries, damage, and the very bytes that come out.
-module(stdlib_zlib).
-export([start/0, id/1]).

start() ->
    deflating() ++ inflating() ++ dictionaries() ++ owners() ++ formats() ++ bytes().

id(X) -> X.

t(F) ->
    try F() catch C:R -> {C, R} end.

sum(Data) -> binary:decode_unsigned(erlang:md5(Data)).

bytes_in(Data) -> iolist_size(Data).

deflating() ->
    Z = zlib:open(),
    Before = [t(fun() -> zlib:deflate(Z, <<"a">>) end), t(fun() -> zlib:deflateEnd(Z) end),
              t(fun() -> zlib:deflateReset(Z) end), t(fun() -> zlib:deflateParams(Z, best_speed, default) end),
              t(fun() -> zlib:deflateSetDictionary(Z, <<"abc">>) end), t(fun() -> zlib:inflate(Z, <<"a">>) end)],
    Twice = [t(fun() -> zlib:deflateInit(Z) end), t(fun() -> zlib:deflateInit(Z) end),
             t(fun() -> zlib:inflateInit(Z) end)],
    Data = binary:copy(<<"hello world ">>, id(1000)),
    Pieces = [binary_to_list(iolist_to_binary(t(F))) ||
                 F <- [fun() -> zlib:deflate(Z, [<<"abcabc">>, "xyz"]) end,
                       fun() -> zlib:deflate(Z, <<"q">>, sync) end,
                       fun() -> ok = zlib:deflateParams(Z, best_speed, huffman_only), [] end,
                       fun() -> zlib:deflate(Z, <<"q">>, full) end]],
    Early = t(fun() -> zlib:deflateEnd(Z) end),
    ok = zlib:deflateInit(Z, 9, deflated, -15, 9, filtered),
    Whole = [sum(t(fun() -> zlib:deflate(Z, Data, finish) end)), t(fun() -> zlib:deflate(Z, <<"more">>) end),
             t(fun() -> zlib:deflate(Z, <<"more">>, finish) end), t(fun() -> zlib:deflateEnd(Z) end)],
    Arguments = [t(fun() -> zlib:deflateInit(Z, 10) end), t(fun() -> zlib:deflateInit(Z, default, stored, 15, 8, default) end),
                 t(fun() -> zlib:deflateInit(Z, default, deflated, 48, 8, default) end),
                 t(fun() -> zlib:deflateInit(Z, default, deflated, 15, 10, default) end),
                 t(fun() -> zlib:deflateInit(Z, default, deflated, -8, 8, default) end),
                 t(fun() -> zlib:deflate(make_ref(), <<"a">>) end), t(fun() -> zlib:compress(abc) end)],
    Closing = [t(fun() -> zlib:close(Z) end), t(fun() -> zlib:close(Z) end), t(fun() -> zlib:deflateInit(Z) end)],
    [{before, Before}, {twice, Twice}, {pieces, Pieces}, {early, Early}, {whole, Whole}, {arguments, Arguments},
     {closing, Closing}].

inflating() ->
    Z = zlib:open(),
    C = zlib:compress(binary:copy(<<"hello world ">>, id(10000))),
    ok = zlib:inflateInit(Z),
    Cut = [sum(zlib:inflate(Z, C)), zlib:inflate(Z, <<"rest">>), zlib:inflateEnd(Z)],
    ok = zlib:inflateInit(Z, 15, error),
    Error = [t(fun() -> zlib:inflate(Z, [C, C]) end), t(fun() -> zlib:inflateEnd(Z) end)],
    ok = zlib:inflateInit(Z, 15, reset),
    Reset = [sum(zlib:inflate(Z, [C, C])), byte_size(zlib:inflateGetDictionary(Z)), zlib:inflateReset(Z),
             t(fun() -> zlib:inflateEnd(Z) end)],
    ok = zlib:inflateInit(Z),
    Bad = [t(fun() -> zlib:inflate(Z, <<"not zlib data">>) end), t(fun() -> zlib:inflate(Z, <<"more">>) end),
           zlib:inflateReset(Z)],
    Bytes = [bytes_in(zlib:inflate(Z, <<B>>)) || <<B>> <= binary:part(C, 0, 30)],
    Early = t(fun() -> zlib:inflateEnd(Z) end),
    ok = zlib:inflateInit(Z),
    Safe = [begin {Next, Out} = zlib:safeInflate(Z, In), {Next, bytes_in(Out)} end || In <- [C, [], [], []]],
    [{cut, Cut}, {error, Error}, {reset, Reset}, {bad, Bad}, {bytes, Bytes}, {early, Early}, {safe, Safe}].

dictionaries() ->
    Y = zlib:open(),
    ok = zlib:deflateInit(Y),
    A = zlib:deflateSetDictionary(Y, <<"hello world">>),
    D = iolist_to_binary(zlib:deflate(Y, <<"hello hello world world">>, finish)),
    X = zlib:open(),
    ok = zlib:inflateInit(X),
    Need = [t(fun() -> zlib:inflate(X, D) end), t(fun() -> zlib:inflateSetDictionary(X, <<"other">>) end),
            t(fun() -> zlib:inflateSetDictionary(X, <<"hello world">>) end),
            sum(zlib:inflate(X, [])), sum(zlib:inflateGetDictionary(X)), zlib:inflateEnd(X)],
    ok = zlib:inflateInit(X),
    Told = t(fun() -> zlib:inflate(X, D, [{exception_on_need_dict, false}]) end),
    ok = zlib:inflateReset(X),
    Header = [zlib:inflate(X, binary:part(D, 0, 6), [{exception_on_need_dict, false}]),
              t(fun() -> zlib:inflate(X, binary:part(D, 6, 2), [{exception_on_need_dict, false}]) end)],
    [{dictionary, {A, binary_to_list(D)}}, {need, Need}, {told, Told}, {header, Header}].

owners() ->
    Z = zlib:open(),
    ok = zlib:inflateInit(Z),
    Self = self(),
    Other = spawn(fun() -> Self ! {first, t(fun() -> zlib:inflateReset(Z) end)},
                           receive go -> ok end,
                           Self ! {second, t(fun() -> zlib:inflateReset(Z) end)} end),
    First = receive {first, R1} -> R1 end,
    Given = zlib:set_controlling_process(Z, Other),
    Mine = t(fun() -> zlib:inflateReset(Z) end),
    Other ! go,
    Second = receive {second, R2} -> R2 end,
    [{owners, {is_reference(Z), First, Given, Mine, Second}}].

formats() ->
    Gzip = zlib:gzip(<<"abc">>),
    [{gzip, {binary_to_list(Gzip), sum(zlib:gunzip(Gzip)), sum(zlib:gunzip([Gzip, zlib:gzip(<<"def">>)]))}},
     {gunzip, [t(fun() -> zlib:gunzip(B) end) || B <- [<<"abc">>, <<>>, binary:part(Gzip, 0, 15)]]},
     {zip, {sum(zlib:unzip(zlib:zip(<<"abc">>))), t(fun() -> zlib:unzip(<<255, 255>>) end)}},
     {uncompress, [t(fun() -> zlib:uncompress(B) end) ||
                      B <- [<<"abc">>, <<"abcdefghij">>, binary:part(zlib:compress(Gzip), 0, 15)]]}].

bytes() ->
    R = << <<(X * X rem 251)>> || X <- lists:seq(1, id(100000))>>,
    [{{level, Level}, begin
                          Z = zlib:open(),
                          ok = zlib:deflateInit(Z, Level),
                          Out = zlib:deflate(Z, R, finish),
                          ok = zlib:close(Z),
                          {sum(Out), [byte_size(Piece) || Piece <- lists:flatten([Out])]}
                      end} || Level <- lists:seq(0, 9)] ++
        [{{term, N, L}, sum(term_to_binary(lists:seq(1, N), [{compressed, L}]))} ||
            N <- [10, 1000, 10000], L <- [0, 1, 5, 6, 9]].
