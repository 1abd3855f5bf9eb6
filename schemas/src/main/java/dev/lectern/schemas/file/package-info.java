/** Files that commands write: each appears whole, and none replaces what no command made. */
package dev.lectern.schemas.file;
