/**
 * Recordings as folders of Avro container files: written from one broker, read into another, with
 * every digest checked on both sides.
 */
package dev.lectern.schemas.archive;
