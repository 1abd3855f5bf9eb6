/** How far a long job is: roles report it, the command line draws it. */
package dev.lectern.schemas.progress;
