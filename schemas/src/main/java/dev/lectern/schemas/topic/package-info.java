/** The typed catalogue of every topic: name, key and value serdes, partitions, clean-up. */
package dev.lectern.schemas.topic;
