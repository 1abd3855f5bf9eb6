/** What several tests of the trainer share: recordings made of arithmetic instead of a teacher. */
package dev.lectern.trainer.testing;
