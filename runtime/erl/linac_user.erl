%% The I/O server behind `user` and `standard_error`: Erlang's I/O protocol over three native functions.
%%
%% Output is written by the process that holds the name, request by request, so it is in order and nothing is left
%% over when the system stops. Input is asked for and comes as a message: while nobody has typed anything, output
%% requests are still served. What was read and not yet asked for stays as bytes, because the encoding may change.
-module(linac_user).
-export([start/2]).

-record(device, {
    out,                    % file descriptor
    in = false,             % does it have an input side?
    encoding = latin1,
    fallen = false,         % was the input not what the encoding says? Then `pending` is UTF-8, made of Latin-1
    binary = false,
    echo = false,
    log = none,
    pending = <<>>,         % bytes read and not asked for yet
    ended = false           % false, or the answer once the input has ended
}).

-define(is_encoding(E), (E =:= unicode orelse E =:= latin1 orelse E =:= utf8)).

%% Serves the requests for one file descriptor, with or without standard input beside it.
start(Out, In) ->
    process_flag(trap_exit, true),
    loop(#device{out = Out, in = In, encoding = linac_io:encoding()}).

loop(D) ->
    receive
        {io_request, From, As, Request} when is_pid(From) ->
            {Reply, D1} = request(Request, D),
            From ! {io_reply, As, Reply},
            loop(D1);
        {'EXIT', _, Reason} when Reason =:= kill; Reason =:= shutdown ->
            exit(Reason);
        _ ->
            loop(D)
    end.

request({put_chars, Encoding, Chars}, D) when ?is_encoding(Encoding) ->
    case linac_io:write(D#device.out, D#device.encoding, Encoding, Chars) of
        ok -> {ok, D};
        error -> {{error, {put_chars, Encoding, Chars}}, D};
        {error, Reason} -> {{error, Reason}, D}
    end;
request({put_chars, Encoding, M, F, As}, D) when ?is_encoding(Encoding) ->
    try apply(M, F, As) of
        Chars -> request({put_chars, Encoding, Chars}, D)
    catch
        _:_ -> {{error, F}, D}
    end;
request({put_chars, Chars}, D) -> request({put_chars, latin1, Chars}, D);
request({put_chars, M, F, As}, D) -> request({put_chars, latin1, M, F, As}, D);
request({get_line, Encoding, Prompt}, #device{in = true} = D) when ?is_encoding(Encoding) ->
    prompt(Prompt, D, fun(D1) -> get_line(Encoding, D1) end);
request({get_chars, Encoding, Prompt, N}, #device{in = true} = D)
  when ?is_encoding(Encoding), is_integer(N), N >= 0 ->
    prompt(Prompt, D, fun(D1) -> get_chars(N, [], Encoding, D1) end);
request({get_until, Encoding, Prompt, M, F, As}, #device{in = true} = D) when ?is_encoding(Encoding) ->
    prompt(Prompt, D, fun(D1) -> get_until([], {M, F, As}, Prompt, Encoding, D1) end);
request({get_line, Prompt}, D) -> request({get_line, latin1, Prompt}, D);
request({get_chars, Prompt, N}, D) -> request({get_chars, latin1, Prompt, N}, D);
request({get_until, Prompt, M, F, As}, D) -> request({get_until, latin1, Prompt, M, F, As}, D);
request({get_geometry, _}, D) -> {{error, enotsup}, D};
request({setopts, Options}, D) when is_list(Options) -> set_options(Options, D, D);
request(getopts, D) -> {options(D), D};
request({requests, Requests}, D) when is_list(Requests) -> requests(Requests, {ok, D});
request({get_password, _}, D) -> {{error, enotsup}, D};
request(_, D) -> {{error, request}, D}.

requests([Request | Requests], {_, D}) ->
    case request(Request, D) of
        {{error, _}, _} = Failed -> Failed;
        Done -> requests(Requests, Done)
    end;
requests([], Last) -> Last.

%% Options.

set_options([], _, D) -> {ok, D};
set_options([binary | Os], Before, D) -> set_options(Os, Before, D#device{binary = true});
set_options([list | Os], Before, D) -> set_options(Os, Before, D#device{binary = false});
set_options([{binary, B} | Os], Before, D) when is_boolean(B) -> set_options(Os, Before, D#device{binary = B});
set_options([{echo, B} | Os], Before, D) when is_boolean(B) -> set_options(Os, Before, D#device{echo = B});
set_options([{encoding, E} | Os], Before, D) when ?is_encoding(E) ->
    E1 = if E =:= utf8 -> unicode; true -> E end,
    set_options(Os, Before, D#device{encoding = E1, fallen = D#device.fallen andalso E1 =:= latin1});
set_options([{log, L} | Os], Before, D) when L =:= none; L =:= output; L =:= input; L =:= all ->
    set_options(Os, Before, D#device{log = L});
set_options([{expand_fun, _} | Os], Before, D) -> set_options(Os, Before, D);
set_options([{line_history, B} | Os], Before, D) when is_boolean(B) -> set_options(Os, Before, D);
set_options(_, Before, _) -> {{error, enotsup}, Before}.

options(#device{in = false} = D) ->
    [{encoding, D#device.encoding}, {onlcr, false}, {log, D#device.log}, {terminal, linac_io:is_terminal(D#device.out)}];
options(D) ->
    [In, Out, Err] = [linac_io:is_terminal(N) || N <- [0, 1, 2]],
    [{expand_fun, false}, {echo, D#device.echo}, {line_history, false}, {log, D#device.log},
     {binary, D#device.binary}, {encoding, D#device.encoding}, {terminal, In andalso Out}, {stdout, Out},
     {stderr, Err}, {stdin, In}].

%% Input.

prompt(Prompt, D, Then) ->
    case request({put_chars, unicode, prompt_text(Prompt)}, D) of
        {ok, D1} ->
            try Then(D1)
            catch _:_ -> {{error, get_until}, D1}
            end;
        Failed -> Failed
    end.

prompt_text('') -> [];
prompt_text({format, Format, Args}) -> prompt_format(Format, Args);
prompt_text(Prompt) when is_atom(Prompt) -> atom_to_list(Prompt);
prompt_text(Prompt) when is_list(Prompt); is_binary(Prompt) -> Prompt;
prompt_text(Prompt) -> prompt_format("~tp", [Prompt]).

prompt_format(Format, Args) ->
    try io_lib:format(Format, Args)
    catch _:_ -> "???"
    end.

get_line(Encoding, D) ->
    case linac_io:line(D#device.pending) of
        {Line, Rest} -> answer(Line, Encoding, D, D#device{pending = Rest});
        more ->
            case more(D) of
                {ok, D1} -> get_line(Encoding, D1);
                {End, #device{pending = <<>>} = D1} -> {End, D1};
                {_, D1} -> answer(D1#device.pending, Encoding, D1, D1#device{pending = <<>>})
            end
    end.

get_chars(N, Parts, Encoding, D) ->
    {Got, Count, Rest} = linac_io:take(D#device.pending, N, stored(D)),
    Parts1 = [Parts, Got],
    D1 = D#device{pending = Rest},
    case N - Count of
        0 -> answer(iolist_to_binary(Parts1), Encoding, D, D1);
        Left ->
            case more(D1) of
                {ok, D2} -> get_chars(Left, Parts1, Encoding, D2);
                {End, D2} ->
                    case iolist_to_binary([Parts1, D2#device.pending]) of
                        <<>> -> {End, D2};
                        All -> answer(All, Encoding, D, D2#device{pending = <<>>})
                    end
            end
    end.

%% The function gets a line at a time and says when it has enough. Each further line has its prompt.
get_until(Continuation, {M, F, As} = Function, Prompt, Encoding, D) ->
    case next_line(D) of
        {eof, D1} -> until(apply(M, F, [Continuation, eof | As]), Function, Prompt, Encoding, D1);
        {{error, _} = Error, D1} -> {Error, D1};
        {Line, D1} ->
            Chars = unicode:characters_to_list(Line, stored(D1)),
            true = is_list(Chars),
            until(apply(M, F, [Continuation, Chars | As]), Function, Prompt, Encoding, D1)
    end.

until({done, Result, Rest}, _, _, Encoding, D) ->
    D1 = case Rest of
             eof -> D;
             _ ->
                 Back = unicode:characters_to_binary(Rest, unicode, stored(D)),
                 D#device{pending = <<Back/binary, (D#device.pending)/binary>>}
         end,
    case Result of
        [_ | _] when D1#device.binary -> {unicode:characters_to_binary(Result, unicode, Encoding), D1};
        _ -> {Result, D1}
    end;
until({more, Continuation}, Function, Prompt, Encoding, D) ->
    {ok, D1} = request({put_chars, unicode, prompt_text(Prompt)}, D),
    get_until(Continuation, Function, Prompt, Encoding, D1).

next_line(D) ->
    case linac_io:line(D#device.pending) of
        {Line, Rest} -> {Line, D#device{pending = Rest}};
        more ->
            case more(D) of
                {ok, D1} -> next_line(D1);
                {End, #device{pending = <<>>} = D1} -> {End, D1};
                {_, D1} -> {D1#device.pending, D1#device{pending = <<>>}}
            end
    end.

%% Bytes of the device as the caller wants them.
answer(Bytes, Encoding, D, After) ->
    case linac_io:convert(Bytes, stored(D), Encoding, D#device.binary) of
        {ok, Data} -> {Data, After};
        {error, Reason} -> {{error, Reason}, D}
    end.

%% Waits for more input; output requests are served meanwhile.
more(#device{ended = false} = D) ->
    ok = linac_io:request_input(),
    wait(D);
more(D) -> {D#device.ended, D}.

wait(D) ->
    receive
        {linac_input, Bytes} when is_binary(Bytes) -> {ok, came(Bytes, D)};
        {linac_input, End} ->
            %% A character that is not whole is lost, as on OTP.
            {Whole, _} = case stored(D) of
                             unicode -> linac_io:whole(D#device.pending);
                             latin1 -> {D#device.pending, true}
                         end,
            {End, D#device{ended = End, pending = Whole}};
        {io_request, From, As, Request} when is_pid(From), element(1, Request) =:= put_chars ->
            {Reply, D1} = request(Request, D),
            From ! {io_reply, As, Reply},
            wait(D1)
    end.

%% The encoding of what is pending.
stored(#device{fallen = true}) -> unicode;
stored(#device{encoding = Encoding}) -> Encoding.

%% Input that is not UTF-8 is Latin-1 from there on, and the device with it.
came(Bytes, #device{fallen = true, pending = Pending} = D) ->
    D#device{pending = <<Pending/binary, (unicode:characters_to_binary(Bytes, latin1))/binary>>};
came(Bytes, #device{encoding = latin1, pending = Pending} = D) ->
    D#device{pending = <<Pending/binary, Bytes/binary>>};
came(Bytes, #device{pending = Pending} = D) ->
    All = <<Pending/binary, Bytes/binary>>,
    case linac_io:whole(All) of
        {_, true} -> D#device{pending = All};
        {Good, false} ->
            Bad = binary:part(All, byte_size(Good), byte_size(All) - byte_size(Good)),
            came(Bad, D#device{pending = Good, encoding = latin1, fallen = true})
    end.
