/** The tensor container: teacher outputs as bytes, as schemas/README.md specifies them. */
package dev.lectern.schemas.tensor;
