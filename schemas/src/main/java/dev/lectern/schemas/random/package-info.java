/** Random numbers that a seed fixes on every machine and Java version. */
package dev.lectern.schemas.random;
