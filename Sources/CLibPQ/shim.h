// Debian keeps libpq's header under postgresql/; elsewhere it stands on the include path itself.
#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#include <libpq-fe.h>
#endif

// Swift's Glibc module leaves epoll out; it is what the client waits for libpq's sockets with.
#include <sys/epoll.h>
