/* `payung partner secret NAME`: a client secret for the token endpoint, shown once. */
#ifndef PAYUNG_PARTNER_SECRET_H
#define PAYUNG_PARTNER_SECRET_H

int partner_secret_main(int argc, char **argv); /* argv[0] is "secret" */

#endif
