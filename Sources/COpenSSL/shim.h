// The one function of OpenSSL that is used, as Swift sees it.
#ifndef TACO_COPENSSL_SHIM_H
#define TACO_COPENSSL_SHIM_H

#include <openssl/evp.h>

#endif
