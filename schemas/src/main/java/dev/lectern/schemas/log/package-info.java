/**
 * Reading what lies on the topics: manifests, the index of a recording, payloads by their receipts;
 * and the digest that all readers compute alike.
 */
package dev.lectern.schemas.log;
