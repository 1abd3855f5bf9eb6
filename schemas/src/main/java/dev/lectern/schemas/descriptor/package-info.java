/** Teacher descriptors: YAML beside a model file, and the id that both together have. */
package dev.lectern.schemas.descriptor;
