#ifndef COPENSSL_SHIM_H
#define COPENSSL_SHIM_H

// OpenSSL 3, and functions for those of its macros that Swift cannot import. Nothing here decides anything.

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#if OPENSSL_VERSION_NUMBER < 0x30000000L
#error "OpenSSL 3 or newer is needed"
#endif

// --- contexts ---
static inline int cos_set_versions(SSL_CTX *context, int minimum, int maximum) {
    return SSL_CTX_set_min_proto_version(context, minimum) == 1 && SSL_CTX_set_max_proto_version(context, maximum) == 1;
}
static inline int cos_set_groups(SSL_CTX *context, const char *list) {
    return SSL_CTX_set1_groups_list(context, list) == 1;
}
static inline void cos_refuse_renegotiation(SSL_CTX *context) { SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION); }

// --- connections ---
static inline int cos_set_server_name(SSL *ssl, const char *name) { return SSL_set_tlsext_host_name(ssl, name) == 1; }
static inline void cos_set_message_argument(SSL *ssl, void *argument) { SSL_set_msg_callback_arg(ssl, argument); }
// A NID, or TLSEXT_nid_unknown with the group's own number; 0 without a group.
static inline int cos_negotiated_group(SSL *ssl) { return (int)SSL_get_negotiated_group(ssl); }
static inline int cos_unknown_group(void) { return TLSEXT_nid_unknown; }

// The peer's key of the key exchange, to be freed; NULL without one.
static inline EVP_PKEY *cos_exchange_key(SSL *ssl) {
    EVP_PKEY *key = NULL;
    return SSL_get_peer_tmp_key(ssl, &key) == 1 ? key : NULL;
}

// --- memory BIOs ---
// An empty one is one to which more will come.
static inline void cos_set_open_ended(BIO *bio) { BIO_set_mem_eof_return(bio, -1); }

// --- stacks ---
static inline int cos_certificate_count(const STACK_OF(X509) *list) { return list ? sk_X509_num(list) : 0; }
static inline X509 *cos_certificate_at(const STACK_OF(X509) *list, int index) { return sk_X509_value(list, index); }
static inline int cos_name_count(const GENERAL_NAMES *list) { return list ? sk_GENERAL_NAME_num(list) : 0; }
static inline const GENERAL_NAME *cos_name_at(const GENERAL_NAMES *list, int index) {
    return sk_GENERAL_NAME_value(list, index);
}

// --- names ---
// As RFC 2253 has it, with letters beyond ASCII as they are.
static inline int cos_print_name(BIO *bio, const X509_NAME *name) {
    return X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
}

#endif
