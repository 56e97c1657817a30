#!/usr/bin/env python3
"""Records the fixtures of this folder from a real Envoy on loopback: record.py <envoy binary> [scenario…].

One file for each scenario: the path that was asked for, and what Envoy answered, without what the probe never reads.
"""
import copy, json, os, socket, subprocess, sys, tempfile, time, urllib.error, urllib.request

ADMIN = 33801
PATHS = [
    "/config_dump?resource=dynamic_route_configs", "/config_dump?resource=static_route_configs",
    "/config_dump?resource=dynamic_listeners", "/config_dump?resource=static_listeners",
    "/config_dump?resource=dynamic_active_clusters", "/config_dump?resource=static_clusters",
    "/config_dump?include_eds&resource=dynamic_endpoint_configs",
    "/config_dump?include_eds&resource=static_endpoint_configs",
    "/config_dump?name_regex=%5E%24&mask=bootstrap.cluster_manager.local_cluster_name,last_updated",
    "/clusters?format=json",
]
T = "type.googleapis.com/envoy.extensions."


def ep(port, weight=None, health=None, ip="127.0.0.1"):
    e = {"endpoint": {"address": {"socket_address": {"address": ip, "port_value": port}}}}
    if weight: e["load_balancing_weight"] = weight
    if health: e["health_status"] = health
    return e


def group(eps, zone=None, weight=None, priority=None):
    g = {"lb_endpoints": eps}
    if zone: g["locality"] = {"region": zone}
    if weight: g["load_balancing_weight"] = weight
    if priority: g["priority"] = priority
    return g


def cluster(name, groups=None, **more):
    c = {"name": name, "connect_timeout": "1s"}
    if groups is not None:
        c["load_assignment"] = {"cluster_name": name, "endpoints": groups}
    c.update(more)
    return c


BLUE = cluster("blue", [group([ep(33811), ep(33812)])])
GREEN = cluster("green", [group([ep(33813)])])


def weighted(blue=3, green=2, **more):
    return {"weighted_clusters": {"clusters": [{"name": "blue", "weight": blue}, {"name": "green", "weight": green}], **more}}


def policy(kind, **config):
    return {"policies": [{"typed_extension_config": {"name": "p", "typed_config": {"@type": T + "load_balancing_policies." + kind, **config}}}]}


def vhost(routes, domains=("shop.example.com",), name="shop", **more):
    return {"name": name, "domains": list(domains), "routes": routes, **more}


def route(action=None, match=None, **more):
    r = {"match": match or {"prefix": "/"}}
    if not more: r["route"] = action or weighted()
    elif action: r["route"] = action
    return {**r, **more}


def config(vhosts=None, clusters=(BLUE, GREEN), filters=(), listeners=None, local=None):
    def listener(i, vh):
        return {"name": f"l{i}", "address": {"socket_address": {"address": "127.0.0.1", "port_value": 33820 + i}},
                "filter_chains": [{"filters": [{"name": "hcm", "typed_config": {
                    "@type": T + "filters.network.http_connection_manager.v3.HttpConnectionManager", "stat_prefix": f"in{i}",
                    "route_config": {"name": f"rc{i}", "virtual_hosts": vh},
                    "http_filters": [*filters, {"name": "router", "typed_config": {"@type": T + "filters.http.router.v3.Router"}}]}}]}]}
    listeners = listeners or [vhosts or [vhost([route()])]]
    c = {"admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": ADMIN}}},
         "static_resources": {"listeners": [listener(i, vh) for i, vh in enumerate(listeners)], "clusters": list(clusters)}}
    if local: c["cluster_manager"] = {"local_cluster_name": local}
    return c


def one(**more):
    return config([vhost([route({"cluster": "blue"})])], [{**BLUE, **more}])


ZONES = [group([ep(33811), ep(33812)], "a", 1), group([ep(33813)], "b", 3)]
STATEFUL = {"name": "sticky", "typed_config": {"@type": T + "filters.http.stateful_session.v3.StatefulSession", "session_state": {
    "name": "envoy.http.stateful_session.cookie", "typed_config": {"@type": T + "http.stateful_session.cookie.v3.CookieBasedSessionState", "cookie": {"name": "s", "path": "/"}}}}}

SCENARIOS = {
    "weighted": config(),
    "endpoint-weights": config(clusters=[cluster("blue", [group([ep(33811, 3), ep(33812, 1)])]), GREEN]),
    "locality-weights": config([vhost([route({"cluster": "blue"})])],
                               [cluster("blue", ZONES, common_lb_config={"locality_weighted_lb_config": {}})]),
    "locality-weights-extension": config([vhost([route({"cluster": "blue"})])], [cluster("blue", ZONES, load_balancing_policy=policy(
        "least_request.v3.LeastRequest", locality_lb_config={"locality_weighted_lb_config": {}}))]),
    "locality-weights-unused": config([vhost([route({"cluster": "blue"})])], [cluster("blue", ZONES)]),
    "zone-aware": config([vhost([route({"cluster": "blue"})])],
                         [cluster("blue", ZONES, common_lb_config={"zone_aware_lb_config": {}})]),
    "zone-aware-default": config([vhost([route({"cluster": "blue"})])],
                                 [cluster("blue", ZONES), cluster("self", [])], local="self"),
    "ring-hash": one(lb_policy="RING_HASH"),
    "maglev": one(load_balancing_policy=policy("maglev.v3.Maglev")),
    "random-equal": one(lb_policy="RANDOM"),
    "random-weights": config([vhost([route({"cluster": "blue"})])],
                             [cluster("blue", [group([ep(33811, 3), ep(33812, 1)])], lb_policy="RANDOM")]),
    "least-request": one(lb_policy="LEAST_REQUEST"),
    "client-side-wrr": one(load_balancing_policy=policy("client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin")),
    "subset": one(lb_subset_config={"fallback_policy": "ANY_ENDPOINT", "subset_selectors": [{"keys": ["v"]}]}),
    "aggregate": config([vhost([route({"cluster": "both"})])], [BLUE, GREEN, cluster("both", lb_policy="CLUSTER_PROVIDED", cluster_type={
        "name": "envoy.clusters.aggregate", "typed_config": {"@type": T + "clusters.aggregate.v3.ClusterConfig", "clusters": ["blue", "green"]}})]),
    "original-dst": config([vhost([route({"cluster": "blue"})])], [cluster("blue", type="ORIGINAL_DST", lb_policy="CLUSTER_PROVIDED")]),
    "logical-dns": config([vhost([route({"cluster": "blue"})])], [cluster("blue", [group([{"endpoint": {"address": {"socket_address": {
        "address": "localhost", "port_value": 33811}}}}])], type="LOGICAL_DNS", dns_lookup_family="V4_ONLY")]),
    "strict-dns": config([vhost([route({"cluster": "blue"})])], [cluster("blue", [group([{"endpoint": {"address": {"socket_address": {
        "address": "localhost", "port_value": 33811}}}}, ep(33812, 3)])], type="STRICT_DNS", dns_lookup_family="V4_ONLY")]),
    "runtime-weights": config([vhost([route(weighted(runtime_key_prefix="shop"))])]),
    "runtime-fraction": config([vhost([route(match={"prefix": "/", "runtime_fraction": {"default_value": {"numerator": 50}, "runtime_key": "k"}})])]),
    "cluster-header": config([vhost([route({"cluster_header": "x-cluster"})])]),
    "header-chooses": config([vhost([route(weighted(header_name="x-random"))])]),
    "specifier-plugin": config([vhost([route({"inline_cluster_specifier_plugin": {"extension": {"name": "m", "typed_config": {
        "@type": T + "router.cluster_specifiers.matcher.v3.MatcherClusterSpecifier", "cluster_matcher": {"on_no_match": {"action": {
            "name": "a", "typed_config": {"@type": T + "router.cluster_specifiers.matcher.v3.ClusterAction", "cluster": "blue"}}}}}}}})])]),
    "session-affinity": config(filters=[STATEFUL]),
    "session-affinity-off": config([vhost([route(typed_per_filter_config={"sticky": {
        "@type": T + "filters.http.stateful_session.v3.StatefulSessionPerRoute", "disabled": True}}, action=weighted())])], filters=[STATEFUL]),
    "redirect": config([vhost([route(redirect={"https_redirect": True})])]),
    "direct-response": config([vhost([route(direct_response={"status": 500})])]),
    "redirect-beside": config(listeners=[[vhost([route(redirect={"https_redirect": True})])], [vhost([route()])]]),
    "agree": config(listeners=[[vhost([route()])], [vhost([route()], ["shop.example.com:*"])]]),
    "disagree": config(listeners=[[vhost([route()])], [vhost([route(weighted(1, 1))])]]),
    "siblings": config([vhost([route({"cluster": "green"}, {"prefix": "/", "headers": [{"name": "x-canary", "string_match": {"exact": "1"}}]}), route()]),
                        vhost([route({"cluster": "green"})], ["other.example.com"], "other")]),
    "unhealthy": config([vhost([route({"cluster": "blue"})])], [cluster("blue", [group([ep(33811), ep(33812), ep(33813), ep(33814, health="UNHEALTHY")])])]),
    "draining": config([vhost([route()])], [cluster("blue", [group([ep(33811), ep(33812), ep(33814, health="DRAINING")])]), GREEN]),
    "all-draining": config(clusters=[cluster("blue", [group([ep(33811, health="DRAINING"), ep(33812, health="DRAINING")])]), GREEN]),
    "panic": config([vhost([route({"cluster": "blue"})])], [cluster("blue", [group([ep(33811), ep(33812, health="UNHEALTHY"), ep(33813, health="UNHEALTHY")])])]),
    "priorities": config([vhost([route({"cluster": "blue"})])], [cluster("blue", [group([ep(33811)]), group([ep(33812)], priority=1)])]),
    "drained-cluster": config([vhost([route(weighted(1, 0))])]),
    "no-endpoints": config(clusters=[BLUE, cluster("green", [])]),
    "ipv6": config([vhost([route({"cluster": "blue"})])], [cluster("blue", [group([ep(33811, ip="fd00:10::5"), ep(33812, ip="fd00:10:0:0::6")])])]),
    "catch-all": config([vhost([route()], ["*"], "all"), vhost([route(weighted(1, 1))], ["shop.example.com"]),
                         vhost([route(weighted(1, 9))], ["*.example.com"], "wild")]),
    "paths": config([vhost([route(match={"path": "/exact"}), route(match={"path_separated_prefix": "/seg"}),
                            route(match={"safe_regex": {"regex": "^/r.*x"}}), route(match={"safe_regex": {"regex": "/old(/.*)?"}})],
                           ["*.shop.example.com"])]),
}

DROP = {"circuit_breakers", "observability_name", "health_check_config"}


def trim(value):
    if isinstance(value, dict):
        return {k: trim(v) for k, v in value.items() if k not in DROP}
    if isinstance(value, list):
        return [trim(v) for v in value if not (isinstance(v, dict) and str(v.get("name", "")).startswith(("cx_", "rq_error", "rq_success", "rq_timeout", "rq_active")))]
    return value


def main():
    envoy, only = sys.argv[1], sys.argv[2:]
    here = os.path.dirname(os.path.abspath(__file__))
    for name, conf in SCENARIOS.items():
        if only and name not in only: continue
        with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
            json.dump(conf, f); f.flush()
            process = subprocess.Popen([envoy, "-c", f.name, "-l", "error", "--use-dynamic-base-id", "--concurrency", "1"], stderr=subprocess.PIPE)
            try:
                for _ in range(100):
                    try:
                        if urllib.request.urlopen(f"http://127.0.0.1:{ADMIN}/ready").status == 200: break
                    except (urllib.error.URLError, ConnectionError):
                        if process.poll() is not None: break
                        time.sleep(0.05)
                if process.poll() is not None:
                    print(name, "REFUSED:", process.stderr.read().decode()[-400:]); continue
                answers = {}
                for path in PATHS:
                    with urllib.request.urlopen(f"http://127.0.0.1:{ADMIN}{path}") as r:
                        answers[path] = trim(json.load(r))
                with open(os.path.join(here, name + ".json"), "w") as out:
                    json.dump(answers, out, indent=1); out.write("\n")
                print(name)
            finally:
                if process.poll() is None: process.terminate()
                process.wait()


main()
