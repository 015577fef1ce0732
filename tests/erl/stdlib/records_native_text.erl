-module(records_native_text).
-export([start/0]).

%% Native records as io_lib writes them, as erl_eval handles them, and in what OTP says about exceptions.

-record #point{x = 0, y = 0}.
-record #'Odd Name'{'a field' = 1, '_', 'div' = {x, #{k => v}}}.
-record #empty{}.
-export_record([point]).

start() ->
    [[formats(R) || R <- records()], evaluated(), explained(), read_back()].

records() ->
    [#point{}, #point{x = "text", y = #point{x = <<"bin">>}}, #empty{}, #'Odd Name'{'_' = $a},
     #point{x = lists:seq(1000, 1040), y = #point{x = lists:duplicate(40, abc), y = 1.5}},
     [#point{x = {a, [#empty{}]}} | #empty{}], #{#empty{} => #point{y = "ü∑"}}].

formats(R) ->
    [coded(io_lib:format(F, A)) || {F, A} <- [{"~p", [R]}, {"~w", [R]}, {"~0p", [R]}, {"~tp", [R]}, {"~40p", [R]}, {"~P", [R, 5]},
                                             {"~W", [R, 7]}, {"~tw", [R]}, {"~lp", [R]}, {"~10.30p", [R]}]] ++
        [coded(io_lib:write(R)), coded(io_lib:print(R)), coded(io_lib:format("~s", [io_lib:write(R, 4)]))].

%% Numbers that no format shows as text.
coded(Text) ->
    [0 | unicode:characters_to_list(Text)].

evaluated() ->
    Bindings = [{'P', #point{x = 1}}, {'O', #'Odd Name'{'_' = 1}}, {'E', #empty{}}],
    [eval(T, Bindings) ||
        T <- ["P#records_native_text:point.x.", "P#records_native_text:point{y = 5}.", "#records_native_text:point{x = 3}.",
              "case P of #records_native_text:point{x = X} -> X end.", "P#_.x.", "P#_{x = 4}.", "is_record(P).",
              "[X || #_{x = X} <- [P, 1, O, P]].", "P#_.nothing.", "(fun(#_{x = X}) -> X end)(P).",
              "if is_record(P, records_native_text, point) -> yes; true -> no end.", "P =:= P#_{x = 1}.", "{E, O#_.'_'}.",
              "case E of #_{} -> a_record end.", "P#records_native_text:empty.x."]].

eval(Text, Bindings) ->
    try
        {ok, Tokens, _} = erl_scan:string(Text),
        {ok, Exprs} = erl_parse:parse_exprs(Tokens),
        {value, Value, _} = erl_eval:exprs(Exprs, Bindings),
        Value
    catch
        Class:Reason -> {Class, Reason}
    end.

explained() ->
    P = id(#point{}),
    [coded(erl_error:format_exception(error, Reason, [])) ||
        Reason <- [{badrecord, P}, {badfield, {{m, r}, f}}, {novalue, {{m, r}, f}}, {badmatch, P}, {case_clause, P}]].

%% What `~w` writes is not read back, but the external format is, also through base64 and files of terms.
read_back() ->
    R = #point{x = id(1), y = #empty{}},
    [binary_to_term(base64:decode(base64:encode(term_to_binary(R)))) =:= R, lists:usort([R, R, #point{}]),
     lists:keysort(1, [{#point{x = 2}}, {#point{x = 1}}]), maps:from_keys([R, R], x) =:= #{R => x},
     sets:to_list(sets:from_list([R, R])), gb_sets:to_list(gb_sets:from_list([R, #point{}, #empty{}])),
     ordsets:from_list([R, #empty{}, R]), dict:fetch(R, dict:from_list([{R, found}]))].

id(X) -> X.
