%% Packets: every type, lengths at their edges, options, HTTP; and random bytes that look like packets, at
%% some of which OTP 25 crashes.
-module(packets_decode).
-export([start/0]).

start() ->
    %% Numbers for the answers: texts print in different ways.
    [[erlang:phash2(decode(T, B, O)) || {T, B, O} <- chosen()], erlang:phash2(names()), [random(N) || N <- lists:seq(1, 8)]].

decode(Type, Bytes, Options) ->
    try erlang:decode_packet(Type, Bytes, Options) catch C:R -> {C, R} end.

chosen() ->
    [{raw,<<>>,[]},{raw,<<1:4>>,[]},{raw,<<1,2:4>>,[]},{raw,[],[]},{foo,<<>>,[]},{1,<<2,3,4>>,[]},{1,<<0,9>>,[]},{2,<<0,5,1>>,[{packet_size,3}]},{2,<<0>>,[]},
 {4,<<255,255,255,255,0>>,[]},{4,<<127,255,255,255,0>>,[]},{4,<<127,255,255,250,0>>,[]},{sunrm,<<128,0,0,1,7,8>>,[]},{line,<<"abc">>,[{line_length,2}]},{line,<<"abc\nd">>,[{line_length,2}]},{line,<<"abc\nd">>,[{packet_size,2}]},{line,<<"abc">>,[{packet_size,2}]},{line,<<"abc">>,[{packet_size,3}]},{line,<<"abc\nd">>,[{packet_size,3},{line_length,2}]},{line,<<"abc">>,[{packet_size,2},{line_length,2}]},{line,<<"abXc">>,[{line_delimiter,$X}]},{line,<<"abXc">>,[{line_delimiter,256}]},{line,<<"abXc">>,[{line_length,-1}]},{line,<<"abXc">>,[{line_length,1 bsl 33}]},{line,<<"ab\nXc">>,[{packet_size,1 bsl 31}]},{line,<<"ab\nc">>,[{packet_size,1 bsl 64}]},{line,<<"ab\nc">>,[foo]},{line,<<"ab\nc">>,[{foo,1}]},{line,<<"ab\nc">>,[{packet_size,a}]},{line,<<"ab\nc">>,foo},{line,<<"ab\nc">>,[{packet_size,3}|foo]},
 {asn1,<<16#30,2,1,2,9>>,[]},{asn1,<<16#30>>,[]},{asn1,<<16#30,16#81>>,[]},{asn1,<<16#30,16#81,1,5,6>>,[]},{asn1,<<16#30,16#80,1,5,6>>,[]},{asn1,<<16#30,16#85,1,2,3,4,5,6,7>>,[]},{asn1,<<16#30,16#84,255,2,3,4,5,6,7>>,[]},{asn1,<<16#3f,16#81,1,2,5,6,7>>,[]},{asn1,<<16#3f,16#81>>,[]},{asn1,<<16#3f,16#81,1>>,[]},{asn1,<<16#3f,1,1>>,[]},
 {cdr,<<"GIOP",1,0,0,0,0,0,0,1,7,8>>,[]},{cdr,<<"GIOP",1,0,1,0,1,0,0,0,7,8>>,[]},{cdr,<<"GIOX",1,0,1,0,1,0,0,0,7,8>>,[]},{cdr,<<"GI">>,[]},{cdr,<<"XI">>,[]},
 {fcgi,<<1,2,3,4,0,2,1,0,$a,$b,$c,$d>>,[]},{fcgi,<<2,2,3,4,0,2,1,0,$a,$b,$c,$d>>,[]},{fcgi,<<2>>,[]},{fcgi,<<1,2,3,4,0,0,1,0,$a,$b,$c,$d>>,[]},{tpkt,<<3,0,0,6,1,2,3>>,[]},{tpkt,<<3,0,0,2,1,2,3>>,[]},{tpkt,<<3,0,0,4,1,2,3>>,[]},{tpkt,<<4>>,[]},{tpkt,<<4,0,0,6,1,2,3>>,[]},
 {ssl_tls,<<22,3,1,0,2,$a,$b,$c>>,[]},{ssl_tls,<<128,5,1,3,1,7,8,9,10>>,[]},{ssl_tls,<<128,2,1,3,1,7,8,9,10>>,[]},{ssl_tls,<<128,3,1,3,1,7,8,9,10>>,[]},{ssl_tls,<<22,3,1,0,0,$a>>,[]},{ssl_tls,<<22,3,1,0,9,$a>>,[]},
 {http,<<"GET / HTTP/1.1\r\nx">>,[]},{http_bin,<<"GET http://a.b:80/c HTTP/1.1\r\nx">>,[]},{http_bin,<<"FOO https://a.b HTTP/1.1\n">>,[]},{http_bin,<<"FOO HTTPs://a.b:x/ HTTP/1.1\n">>,[]},{http_bin,<<"FOO http://a.b: HTTP/1.1\n">>,[]},{http_bin,<<"FOO http://:5 HTTP/1.1\n">>,[]},{http_bin,<<"FOO http:// HTTP/1.1\n">>,[]},{http_bin,<<"FOO a HTTP/1.1\n">>,[]},{http_bin,<<"FOO ab:cd HTTP/1.1\n">>,[]},{http_bin,<<"FOO abcd HTTP/1.1\n">>,[]},{http_bin,<<"FOO *\n">>,[]},{http_bin,<<"FOO ** HTTP/1.12 \n">>,[]},{http_bin,<<"FOO ** HTTP/1.\n">>,[]},{http_bin,<<"FOO \n">>,[]},{http_bin,<<"FOO x HTTP/1\n">>,[]},{http_bin,<<"\n">>,[]},{http_bin,<<"\r\n">>,[]},{http_bin,<<"HTTP/1.1 200 OK yes\r\n">>,[]},{http_bin,<<"HTTP/1.1  200\r\n">>,[]},{http_bin,<<"HTTP/1.1\r\n">>,[]},{http_bin,<<"HTTP/1.1 \n">>,[]},{http_bin,<<"HTTP/99999999999.1 77777777777 x\n">>,[]},
 {httph_bin,<<"host: a\r\nb">>,[]},{httph_bin,<<"host: a\r\n">>,[]},{httph_bin,<<"host: a\r\n b\nc">>,[]},{httph_bin,<<"\r\n">>,[]},{httph_bin,<<"\r">>,[]},{httph_bin,<<"\r\nfoo">>,[]},{httph_bin,<<"\nfoo">>,[]},{httph_bin,<<"x-fOO-bar:\t  b \r\nc">>,[]},{httph_bin,<<"x-fOO-baraaaaaaaaaaaaaaaaaaaaa:\t  b \r\nc">>,[]},{httph_bin,<<"x-fOO-baraaaaaaaaaaaa:\t  b \r\nc">>,[]},{httph_bin,<<"x-fOO-baraaaaaaaaaa:\t  b \r\nc">>,[]},{httph_bin,<<"x fOO-ba: b \r\nc">>,[]},{httph_bin,<<"xfOO-ba b \r\nc">>,[]},{httph_bin,<<":b \r\nc">>,[]},{httph,<<"foo:b \r\nc">>,[]},{httph,<<"foo:b \r\nc">>,[{line_length,5}]},{httph,<<"foo:b">>,[{line_length,5}]},{httph,<<"foo:b">>,[{packet_size,5}]},{httph,<<"foo:b">>,[{packet_size,6}]},{httph,<<"foo:b\r\nc">>,[{packet_size,6}]},{http,<<"GET / HTTP/1.0\r\n">>,[{packet_size,6}]},{httph,<<"foo">>,[]},{httph,<<>>,[]},{http,<<>>,[]},{httph_bin,<<"foo:b\n \n \nc">>,[]},{httph_bin,<<"foo:b\n ">>,[]},{httph_bin,<<"foo:b\r\n\r\n">>,[]},{http_bin,<<"G",200,"T x HTTP/1.1\n">>,[]}].

names() ->
    [decode(httph_bin, iolist_to_binary([N, ": x\nd"]), [])
     || N <- ["cache-control", "CONNECTION", "x-forwarded-for", "Content-MD5", "proxy-connection", "te", "ETAG", "www-authenticate"]] ++
    [decode(http_bin, iolist_to_binary([N, " x HTTP/1.0\nd"]), []) || N <- ["GET", "TRACE", "OPTIONS", "PATCH", "get"]].

%% Answers to many questions, as one number each.
random(Seed) ->
    rand:seed(exsss, Seed),
    erlang:phash2([question() || _ <- lists:seq(1, 400)]).

question() ->
    Types = {raw, 0, 1, 2, 4, asn1, sunrm, cdr, fcgi, tpkt, line, ssl_tls, http, httph, http_bin, httph_bin},
    Type = pick(Types),
    Bytes = iolist_to_binary([piece(Type) || _ <- lists:seq(1, rand:uniform(9))]),
    Options = [pick({{packet_size, rand:uniform(20)}, {line_length, rand:uniform(20)}, {line_delimiter, $;}})
               || rand:uniform(4) =:= 1],
    decode(Type, Bytes, Options).

pick(Tuple) -> element(rand:uniform(tuple_size(Tuple)), Tuple).

piece(Type) when Type =:= http; Type =:= http_bin ->
    pick({"GET", "X", " ", " ", "\t", "/", "*", "http://", "HTTPS://", "a", ":", "80", "8x", "HTTP/", "1", ".", "1.1", "HTTP/1.0", "200",
          "OK", "\r\n", "\n", "\r", 200, 0, "?"});
piece(Type) when Type =:= httph; Type =:= httph_bin ->
    pick({"Host", "x-Y-z", "content-", "LENGTH", ":", ":", " ", "\t", "v", "\r\n", "\n", "\r\n ", "\n\t", "\r", 200, 0, "aaaaaaaaaaaaaaaaaaaaaaaaa"});
piece(line) -> pick({"a", "bc", "\n", "\r\n", ";", 0});
piece(cdr) -> pick({"GIOP", <<1, 0, 0, 0, 0, 0, 0, 3>>, <<1, 0, 1, 0, 3, 0, 0, 0>>, 1, "abc"});
piece(_) -> pick({0, 1, 2, 3, 0, 0, 22, 128, 129, 255, <<3, 0, 0>>, <<1, 2, 3, 4, 0, 2, 1, 0>>, <<22, 3, 1, 0>>, 31, 63, "xy"}).
