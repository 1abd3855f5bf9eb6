/** How the demo's teacher is made: a detector trained on freshly drawn pictures, without Kafka. */
package dev.lectern.demo.teacher;
