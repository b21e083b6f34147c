// The scenario files of FirewallLab, as bytes of the program: an installed command has no folder beside it. A list of so
// many numbers takes the Swift compiler most of a minute, and this takes no time.
#define _GNU_SOURCE
#include "CScenarios.h"

#include <string.h>

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wc23-extensions"
#endif

static const unsigned char open_and_closed[] = {
#embed "../FirewallLab/Scenarios/open-and-closed.yaml"
};
static const unsigned char silent_drops[] = {
#embed "../FirewallLab/Scenarios/silent-drops.yaml"
};
static const unsigned char rejects[] = {
#embed "../FirewallLab/Scenarios/rejects.yaml"
};
static const unsigned char rejects_ipv4[] = {
#embed "../FirewallLab/Scenarios/rejects-ipv4.yaml"
};
static const unsigned char rejects_ipv6[] = {
#embed "../FirewallLab/Scenarios/rejects-ipv6.yaml"
};
static const unsigned char local_filters[] = {
#embed "../FirewallLab/Scenarios/local-filters.yaml"
};
static const unsigned char kernel_devices[] = {
#embed "../FirewallLab/Scenarios/kernel-devices.yaml"
};
static const unsigned char kernel_drops[] = {
#embed "../FirewallLab/Scenarios/kernel-drops.yaml"
};
static const unsigned char routes[] = {
#embed "../FirewallLab/Scenarios/routes.yaml"
};
static const unsigned char routing_rules[] = {
#embed "../FirewallLab/Scenarios/routing-rules.yaml"
};
static const unsigned char neighbours[] = {
#embed "../FirewallLab/Scenarios/neighbours.yaml"
};
static const unsigned char kernel_circumstances[] = {
#embed "../FirewallLab/Scenarios/kernel-circumstances.yaml"
};
static const unsigned char after_handshake[] = {
#embed "../FirewallLab/Scenarios/after-handshake.yaml"
};
static const unsigned char greetings[] = {
#embed "../FirewallLab/Scenarios/greetings.yaml"
};
static const unsigned char http[] = {
#embed "../FirewallLab/Scenarios/http.yaml"
};
static const unsigned char known_answers[] = {
#embed "../FirewallLab/Scenarios/known-answers.yaml"
};
static const unsigned char udp[] = {
#embed "../FirewallLab/Scenarios/udp.yaml"
};
static const unsigned char real_services[] = {
#embed "../FirewallLab/Scenarios/real-services.yaml"
};
static const unsigned char tls[] = {
#embed "../FirewallLab/Scenarios/tls.yaml"
};
static const unsigned char proxies[] = {
#embed "../FirewallLab/Scenarios/proxies.yaml"
};
static const unsigned char path_mtu[] = {
#embed "../FirewallLab/Scenarios/path-mtu.yaml"
};
static const unsigned char idle[] = {
#embed "../FirewallLab/Scenarios/idle.yaml"
};
static const unsigned char quic[] = {
#embed "../FirewallLab/Scenarios/quic.yaml"
};
static const unsigned char loss[] = {
#embed "../FirewallLab/Scenarios/loss.yaml"
};
static const unsigned char rate_limits[] = {
#embed "../FirewallLab/Scenarios/rate-limits.yaml"
};
static const unsigned char path_changes[] = {
#embed "../FirewallLab/Scenarios/path-changes.yaml"
};
static const unsigned char middleboxes[] = {
#embed "../FirewallLab/Scenarios/middleboxes.yaml"
};
static const unsigned char state[] = {
#embed "../FirewallLab/Scenarios/state.yaml"
};
static const unsigned char source_dependent[] = {
#embed "../FirewallLab/Scenarios/source-dependent.yaml"
};
static const unsigned char families[] = {
#embed "../FirewallLab/Scenarios/families.yaml"
};
static const unsigned char names[] = {
#embed "../FirewallLab/Scenarios/names.yaml"
};
static const unsigned char dns[] = {
#embed "../FirewallLab/Scenarios/dns.yaml"
};
static const unsigned char dns_servers[] = {
#embed "../FirewallLab/Scenarios/dns-servers.yaml"
};
static const unsigned char demo[] = {
#embed "../FirewallLab/Scenarios/demo.yaml"
};

#define FILE_OF(bytes, name) {name, bytes, sizeof bytes}

// By subject, the demonstration last.
static const struct csc_file files[] = {
    FILE_OF(open_and_closed, "open-and-closed.yaml"),
    FILE_OF(silent_drops, "silent-drops.yaml"),
    FILE_OF(rejects, "rejects.yaml"),
    FILE_OF(rejects_ipv4, "rejects-ipv4.yaml"),
    FILE_OF(rejects_ipv6, "rejects-ipv6.yaml"),
    FILE_OF(local_filters, "local-filters.yaml"),
    FILE_OF(kernel_drops, "kernel-drops.yaml"),
    FILE_OF(kernel_devices, "kernel-devices.yaml"),
    FILE_OF(routes, "routes.yaml"),
    FILE_OF(routing_rules, "routing-rules.yaml"),
    FILE_OF(neighbours, "neighbours.yaml"),
    FILE_OF(kernel_circumstances, "kernel-circumstances.yaml"),
    FILE_OF(after_handshake, "after-handshake.yaml"),
    FILE_OF(greetings, "greetings.yaml"),
    FILE_OF(http, "http.yaml"),
    FILE_OF(known_answers, "known-answers.yaml"),
    FILE_OF(udp, "udp.yaml"),
    FILE_OF(real_services, "real-services.yaml"),
    FILE_OF(tls, "tls.yaml"),
    FILE_OF(proxies, "proxies.yaml"),
    FILE_OF(path_mtu, "path-mtu.yaml"),
    FILE_OF(idle, "idle.yaml"),
    FILE_OF(quic, "quic.yaml"),
    FILE_OF(loss, "loss.yaml"),
    FILE_OF(rate_limits, "rate-limits.yaml"),
    FILE_OF(path_changes, "path-changes.yaml"),
    FILE_OF(middleboxes, "middleboxes.yaml"),
    FILE_OF(state, "state.yaml"),
    FILE_OF(source_dependent, "source-dependent.yaml"),
    FILE_OF(families, "families.yaml"),
    FILE_OF(names, "names.yaml"),
    FILE_OF(dns, "dns.yaml"),
    FILE_OF(dns_servers, "dns-servers.yaml"),
    FILE_OF(demo, "demo.yaml"),
};

int csc_file_count(void) { return (int)(sizeof files / sizeof files[0]); }

struct csc_file csc_file_at(int index) { return files[index]; }

int csc_file_has(int index, const char *text) {
    return memmem(files[index].bytes, files[index].count, text, strlen(text)) != NULL;
}
